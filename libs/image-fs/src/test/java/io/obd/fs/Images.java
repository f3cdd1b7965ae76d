package io.obd.fs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes images out of layer tars. */
final class Images {
    static final long SIZE = 256L << 20;

    private Images() {}

    /** An image of layers applied one after another, opened anew for each. */
    static Path of(Path image, Path... layers) throws IOException {
        return of(Kind.EXT4, image, layers);
    }

    static Path of(Kind kind, Path image, Path... layers) throws IOException {
        boolean first = true;
        for (Path layer : layers) {
            try (InputStream in = Files.newInputStream(layer)) {
                apply(kind, image, first, in);
            }
            first = false;
        }
        return image;
    }

    static Path ofBytes(Path image, byte[]... layers) throws IOException {
        return ofBytes(Kind.EXT4, image, layers);
    }

    static Path ofBytes(Kind kind, Path image, byte[]... layers) throws IOException {
        boolean first = true;
        for (byte[] layer : layers) {
            apply(kind, image, first, new ByteArrayInputStream(layer));
            first = false;
        }
        return image;
    }

    private static void apply(Kind kind, Path image, boolean first, InputStream layer) throws IOException {
        try (SparseFileStore store = new SparseFileStore(image, SIZE);
                ImageFileSystem fs = first ? kind.format(store) : kind.open(store)) {
            new LayerApplier(fs).apply(layer);
        }
    }
}
