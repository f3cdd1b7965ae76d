package io.obd.snapshotter;

import java.util.List;

/**
 * The file system on a device, how it is made and how it is mounted.
 *
 * @param name as mount(2) and mkfs(8) take it
 * @param mountOptions options beside {@code ro}
 * @param mkfsOptions arguments of its mkfs program before the device
 */
record FileSystemType(String name, List<String> mountOptions, List<String> mkfsOptions) {
    /**
     * Reads {@code type[;mount options[;mkfs options]]}. A part that is missing has its default, an empty one has none.
     *
     * @throws IllegalArgumentException if the type is not a word or there are more parts
     */
    static FileSystemType parse(String text) {
        String[] parts = text.split(";", -1);
        String name = parts[0];
        if (!name.matches("[a-z0-9_]+")) {
            throw new IllegalArgumentException("not the name of a file system: \"" + name + "\"");
        }
        if (parts.length > 3) {
            throw new IllegalArgumentException("type;mount options;mkfs options is expected, not \"" + text + "\"");
        }
        return new FileSystemType(
                name,
                parts.length < 2 ? defaultMountOptions(name) : split(parts[1], ","),
                parts.length < 3 ? defaultMkfsOptions(name) : split(parts[2], " +"));
    }

    /** A file system with its default options. */
    static FileSystemType of(String name) {
        return new FileSystemType(name, defaultMountOptions(name), defaultMkfsOptions(name));
    }

    /** Whether it is made once, with its content, and never written. */
    boolean isReadOnly() {
        return name.equals("erofs");
    }

    private static List<String> defaultMountOptions(String name) {
        return switch (name) {
            case "ext4" -> List.of("discard");
            case "xfs" -> List.of("nouuid", "discard");
            default -> List.of();
        };
    }

    private static List<String> defaultMkfsOptions(String name) {
        return switch (name) {
            case "ext4" -> List.of("-O", "^has_journal,sparse_super,flex_bg", "-G", "1", "-E", "discard", "-F");
            case "xfs" -> List.of("-f");
            case "f2fs" -> List.of("-S", "-w", "4096");
            case "ntfs" -> List.of("-F", "-f");
            default -> List.of();
        };
    }

    private static List<String> split(String options, String separator) {
        return options.isBlank() ? List.of() : List.of(options.strip().split(separator));
    }
}
