package io.obd.engines;

import io.obd.convert.Blob;
import io.obd.convert.ConvertedLayer;
import io.obd.image.LayerAnnotations;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.blob.ZFileOptions;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What the native layers of an image are like.
 *
 * @param mediaType of their blobs, uncompressed tars
 * @param compression of what is in the tar
 * @param fileSystem what their annotation says about the file system, {@code type[;mount options[;mkfs options]]}; empty
 *     for no annotation
 */
public record NativeLayers(String mediaType, ZFileOptions compression, String fileSystem) {

    /** Layers in the usual compression, without a word about their file system. */
    public static NativeLayers of(String mediaType) {
        return new NativeLayers(mediaType, ZFileOptions.DEFAULT, "");
    }

    /** How a layer's file is written. */
    public LayerOptions options() {
        return LayerOptions.COMPRESSED.withZFile(compression);
    }

    /** Describes a layer by its complete file. */
    public ConvertedLayer describe(Path file) throws IOException {
        return describe(file, new Blob(digest(file), Files.size(file)));
    }

    /**
     * Describes a layer by its blob.
     *
     * @param file where it would be
     */
    public ConvertedLayer describe(Path file, Blob blob) {
        Digest digest = blob.digest();
        Map<String, String> annotations = new HashMap<>(Map.of(
                LayerAnnotations.VERSION, LayerAnnotations.NATIVE_VERSION,
                LayerAnnotations.BLOB_DIGEST, digest.toString(),
                LayerAnnotations.BLOB_SIZE, Long.toString(blob.size())));
        if (!fileSystem.isEmpty()) {
            annotations.put(LayerAnnotations.BLOB_FS_TYPE, fileSystem);
        }
        Descriptor descriptor = Descriptor.of(mediaType, digest, blob.size()).withAnnotations(annotations);
        // The blob is an uncompressed tar: its digest is the diff id.
        return new ConvertedLayer(file, descriptor, digest);
    }

    private static Digest digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Digest.sha256(in);
        }
    }
}
