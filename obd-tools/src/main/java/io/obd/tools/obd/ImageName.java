package io.obd.tools.obd;

import io.obd.registry.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What an argument IMAGE names. */
sealed interface ImageName {
    /** A file with one layer, or half of a writable one. */
    record LayerFile(Path path) implements ImageName {}

    /** A device specification, {@code config.v1.json}. */
    record Config(Path path) implements ImageName {}

    /** An image in a registry. */
    record Reference(ImageReference reference) implements ImageName {}

    /**
     * Reads an argument: a file if there is one of that name, otherwise the name of an image, which has to begin with its
     * registry: nobody is asked about a file name with a slip in it.
     */
    static ImageName parse(String text) throws IOException {
        Path path = Path.of(text);
        if (Files.isDirectory(path)) {
            throw new ToolException(text + " is a directory: name a layer file, a config.v1.json or an image");
        }
        if (Files.exists(path)) {
            return isJson(path) ? new Config(path) : new LayerFile(path);
        }
        int slash = text.indexOf('/');
        String host = slash < 0 ? "" : text.substring(0, slash);
        boolean hasHost = host.equals("localhost") || host.indexOf('.', 1) > 0 || host.contains(":");
        if (!hasHost || host.equals("..")) {
            throw slash < 0 || text.startsWith("/") || text.startsWith(".")
                    ? new NoSuchFileException(text)
                    : new ToolException(
                            text + ": no such file; an image in a registry is written with its host, as in docker.io/"
                                    + text);
        }
        try {
            return new Reference(ImageReference.parse(text));
        } catch (IllegalArgumentException e) {
            throw new ToolException(text + ": no such file, and " + e.getMessage());
        }
    }

    private static boolean isJson(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            int first = in.read();
            while (first == ' ' || first == '\n' || first == '\r' || first == '\t') {
                first = in.read();
            }
            return first == '{';
        }
    }
}
