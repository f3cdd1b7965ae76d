package io.obd.nydusify;

import io.obd.registry.ImageReference;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

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

    /**
     * A tar of an OCI layout.
     *
     * @param name what the image in it is called, if that is said
     */
    record InArchive(Path file, @Nullable ImageReference name) implements Place {
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
        return new InArchive(Path.of(text.substring(FILE.length())), null);
    }

    /** The name of the image, if it has one. */
    @Nullable
    ImageReference name();

    /** What it is called there, and where it is copied to if that place does not say otherwise. */
    default String tag() {
        ImageReference name = name();
        return name == null || name.tag() == null ? "latest" : name.tag();
    }
}
