package io.obd.convertor;

import io.obd.convert.ConversionException;
import io.obd.engines.NativeLayers;
import io.obd.engines.TurboOciFileSystem;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The device that an image is made for, and where its file system comes from. */
final class DeviceOptions {
    private static final long GB = 1L << 30;
    private static final long MAX_GB = 16 * 1024;

    @Option(
            names = "--vsize",
            paramLabel = "GB",
            defaultValue = "64",
            description = "size of the device (default: ${DEFAULT-VALUE})")
    private long gigabytes;

    @Option(
            names = "--mkfs",
            arity = "0..1",
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "make a file system in the bottom layer (default); false: build on the base layer, which has one")
    private boolean mkfs;

    @Option(
            names = "--base-layer",
            paramLabel = "FILE",
            defaultValue = "/opt/overlaybd/baselayers/ext4_64",
            description = "the base layer for --mkfs=false (default: ${DEFAULT-VALUE})")
    private Path baseLayer = Path.of("");

    boolean hasBaseLayer() {
        return !mkfs;
    }

    /**
     * Bytes.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    long size() {
        if (gigabytes < 1 || gigabytes > MAX_GB) {
            throw new IllegalArgumentException("--vsize: from 1 to " + MAX_GB + " GB, not " + gigabytes);
        }
        return gigabytes * GB;
    }

    /** @throws IllegalArgumentException for a flag that the original does not have */
    void findIdle(IdleFlags idle) {
        if (mkfs) {
            idle.refuse("--base-layer", "it goes with --mkfs=false");
        } else {
            idle.note("--vsize", "with --mkfs=false the base layer decides the size of the device");
        }
    }

    /**
     * The native format on this device.
     *
     * @throws ConversionException if the base layer is not there
     */
    Format nativeFormat(String tag, NativeLayers layers) throws IOException {
        if (mkfs) {
            return Format.ofNative(tag, layers, size());
        }
        return Format.onBaseLayer(tag, layers, baseLayer, baseLayerDigest());
    }

    /**
     * The turboOCI format on this device.
     *
     * @param mediaType of the layers
     * @param layers what native layers would be
     * @throws ConversionException if the base layer is not there
     */
    Format turboOciFormat(String tag, String mediaType, NativeLayers layers, TurboOciFileSystem fileSystem)
            throws IOException {
        if (mkfs) {
            return Format.ofTurboOci(tag, mediaType, size(), fileSystem);
        }
        return Format.turboOciOnBaseLayer(tag, mediaType, layers, baseLayer, baseLayerDigest());
    }

    private Digest baseLayerDigest() throws IOException {
        if (!Files.isReadable(baseLayer)) {
            throw new ConversionException(
                    "the base layer " + baseLayer
                            + " is not there or may not be read: the overlaybd package has it, --base-layer names another file");
        }
        try (InputStream in = Files.newInputStream(baseLayer)) {
            return Digest.sha256(in);
        }
    }
}
