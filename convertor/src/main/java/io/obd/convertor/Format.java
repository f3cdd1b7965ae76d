package io.obd.convertor;

import io.obd.convert.ConversionEngine;
import io.obd.engines.BaseLayer;
import io.obd.engines.NativeEngine;
import io.obd.engines.NativeLayers;
import io.obd.engines.TurboOciEngine;
import io.obd.engines.TurboOciFileSystem;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A format that is asked for.
 *
 * @param title in the words of the log
 * @param tag of the result
 * @param artifactType of a result that refers to its source
 * @param kind what tells results of this format from others of the same source
 * @param directory name of the directory for its files below the working directory; empty for that itself
 * @param engine of the layers
 */
record Format(String title, String tag, String artifactType, String kind, String directory, Engine engine) {

    /** Makes the engine for one image. */
    interface Engine {

        /** @param directory for its files */
        ConversionEngine in(Path directory) throws IOException;
    }

    private static final String NATIVE = "application/vnd.containerd.overlaybd.native.v1+json";
    private static final String TURBO_OCI = "application/vnd.containerd.overlaybd.turbo.v1+json";

    /** Native overlaybd layers on a device of so many bytes. */
    static Format ofNative(String tag, NativeLayers layers, long deviceSize) {
        return new Format(
                "overlaybd",
                tag,
                NATIVE,
                NativeEngine.kind(layers, deviceSize),
                "",
                files -> new NativeEngine(files, deviceSize, layers));
    }

    /**
     * Native overlaybd layers on a base layer with the file system.
     *
     * @param base the layer as it is installed
     * @param digest of that file
     */
    static Format onBaseLayer(String tag, NativeLayers layers, Path base, Digest digest) {
        return new Format(
                "overlaybd",
                tag,
                NATIVE,
                NativeEngine.kindOn(digest, layers),
                "",
                files -> NativeEngine.on(BaseLayer.wrap(base, files.resolve("base.tar")), files, layers));
    }

    /**
     * Layers that refer to those of the source, which have to be in the same repository.
     *
     * @param mediaType of the layers
     * @param deviceSize bytes
     * @param fileSystem of the metadata
     */
    static Format ofTurboOci(String tag, String mediaType, long deviceSize, TurboOciFileSystem fileSystem) {
        return turboOci(
                tag,
                TurboOciEngine.kind(deviceSize, fileSystem),
                files -> new TurboOciEngine(files, deviceSize, mediaType, fileSystem));
    }

    /**
     * The same on a base layer with the file system, which goes below them as it is installed.
     *
     * @param layers what the base layer is described as
     * @param digest of the base layer
     */
    static Format turboOciOnBaseLayer(String tag, String mediaType, NativeLayers layers, Path base, Digest digest) {
        return turboOci(
                tag,
                TurboOciEngine.kindOn(digest),
                files -> TurboOciEngine.on(layers.describe(base), files, mediaType));
    }

    private static Format turboOci(String tag, String kind, Engine engine) {
        return new Format("TurboOCIv1 image", tag, TURBO_OCI, kind, "turboOCI", engine);
    }
}
