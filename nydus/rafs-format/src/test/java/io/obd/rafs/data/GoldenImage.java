package io.obd.rafs.data;

import io.obd.rafs.Bootstrap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The images that the originals made, with the blobs and listings that belong to them. */
public final class GoldenImage {
    private static final Path ROOT = root();

    private GoldenImage() {}

    private static Path root() {
        try {
            return Path.of(GoldenImage.class.getResource("/golden").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public static Path file(String name) {
        return ROOT.resolve(name);
    }

    public static Bootstrap load(String name) throws IOException {
        return Bootstrap.load(file(name));
    }

    public static BlobSource blobs() {
        return new BlobDirectory(List.of(file("blobs")));
    }

    static List<String> listing(String name) {
        try {
            return Files.readAllLines(file("expected").resolve(name + ".tsv"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
