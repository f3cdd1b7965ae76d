package io.obd.convertor;

import io.obd.registry.ImageReference;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Where images are: a repository of a registry, or files. */
sealed interface Place {

    /** @param name without tag and digest */
    record InRegistry(ImageReference name) implements Place {
        @Override
        public String called(String tag) {
            return name.withTag(tag).toString();
        }
    }

    /** An OCI layout. */
    record InLayout(Path directory) implements Place {
        @Override
        public String called(String tag) {
            return LAYOUT + directory + ":" + tag;
        }
    }

    /** @param forDocker whether docker save makes such archives, and docker load reads them; else it holds an OCI layout */
    record InArchive(Path file, boolean forDocker) implements Place {
        @Override
        public String called(String tag) {
            return (forDocker ? DOCKER_ARCHIVE : OCI_ARCHIVE) + file + ":" + tag;
        }
    }

    String LAYOUT = "oci:";
    String OCI_ARCHIVE = "oci-archive:";
    String DOCKER_ARCHIVE = "docker-archive:";

    /** Names of images in layouts, as the OCI specification has them. */
    Pattern NAME = Pattern.compile("[A-Za-z0-9]+([-._:@/+]+[A-Za-z0-9]+)*");

    /**
     * Reads {@code HOST/NAME}, {@code oci:DIR}, {@code oci-archive:FILE} or {@code docker-archive:FILE}.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    static Place parse(String text) {
        if (text.startsWith(LAYOUT)) {
            return new InLayout(path(text, LAYOUT));
        }
        if (text.startsWith(OCI_ARCHIVE)) {
            return new InArchive(path(text, OCI_ARCHIVE), false);
        }
        if (text.startsWith(DOCKER_ARCHIVE)) {
            return new InArchive(path(text, DOCKER_ARCHIVE), true);
        }
        ImageReference name = ImageReference.parse(text);
        if (name.tag() != null || name.digest() != null) {
            throw new IllegalArgumentException("a name without tag and digest is expected, not " + text);
        }
        return new InRegistry(name);
    }

    private static Path path(String text, String prefix) {
        if (text.length() == prefix.length()) {
            throw new IllegalArgumentException("the path is missing in " + text);
        }
        return Path.of(text.substring(prefix.length()));
    }

    /** Whether images are in an OCI layout there, whose documents have OCI media types. */
    default boolean isLayout() {
        return this instanceof InLayout || (this instanceof InArchive archive && !archive.forDocker());
    }

    /**
     * An image there, as people name it.
     *
     * @throws IllegalArgumentException if it cannot be called that
     */
    String called(String tag);

    /**
     * Checks a name that an image is to have there.
     *
     * @throws IllegalArgumentException if it cannot be called that
     */
    default void check(String tag) {
        if (this instanceof InRegistry) {
            called(tag);
        } else if (!NAME.matcher(tag).matches()) {
            throw new IllegalArgumentException(tag + " is no name that an image can have in an OCI layout");
        }
    }
}
