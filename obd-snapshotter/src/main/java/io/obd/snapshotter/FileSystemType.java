package io.obd.snapshotter;

import java.util.List;

/**
 * The file system on a device and how it is mounted.
 *
 * @param name as mount(2) takes it
 * @param mountOptions options beside {@code ro}
 */
record FileSystemType(String name, List<String> mountOptions) {
    /**
     * Reads {@code type[;mount options[;mkfs options]]}. A part that is missing has its default, an empty one has none.
     */
    static FileSystemType parse(String text) {
        String[] parts = text.split(";", -1);
        String name = parts[0];
        if (!name.matches("[a-z0-9_]+")) {
            throw new IllegalArgumentException("not the name of a file system: \"" + name + "\"");
        }
        return new FileSystemType(name, parts.length == 1 ? defaultOptions(name) : split(parts[1]));
    }

    /** A file system with its default options. */
    static FileSystemType of(String name) {
        return new FileSystemType(name, defaultOptions(name));
    }

    private static List<String> defaultOptions(String name) {
        return switch (name) {
            case "ext4" -> List.of("discard");
            case "xfs" -> List.of("nouuid", "discard");
            default -> List.of();
        };
    }

    private static List<String> split(String options) {
        return options.isEmpty() ? List.of() : List.of(options.split(","));
    }
}
