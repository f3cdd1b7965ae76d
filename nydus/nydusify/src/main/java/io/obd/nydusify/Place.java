package io.obd.nydusify;

import io.obd.registry.ImageReference;
import java.nio.file.Path;

/** Where an image is: in a registry, or in a file. */
sealed interface Place {
    String FILE = "file://";

    /** An image's name. */
    record InRegistry(ImageReference name) implements Place {
        @Override
        public String toString() {
            return name.toString();
        }
    }

    /** A tar of an OCI layout. */
    record InArchive(Path file) implements Place {
        @Override
        public String toString() {
            return FILE + file;
        }
    }

    /**
     * Reads an image's name or {@code file://PATH}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    static Place parse(String text) {
        if (!text.startsWith(FILE)) {
            return new InRegistry(ImageReference.parse(text));
        }
        if (text.length() == FILE.length()) {
            throw new IllegalArgumentException("the path is missing in " + text);
        }
        return new InArchive(Path.of(text.substring(FILE.length())));
    }

    /** What it is called there, and where it is copied to if that place does not say otherwise. */
    default String tag() {
        return this instanceof InRegistry registry && registry.name().tag() != null
                ? registry.name().tag()
                : "latest";
    }
}
