package io.obd.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A tree as it is found below a directory.
 *
 * @param entries path relative to the root, empty for the root itself, to what is there
 */
record Tree(Map<String, TreeEntry> entries) {
    private static final int TYPE_MASK = 0170000;
    private static final int MODE_MASK = 07777;
    /** Only where ext4 keeps what it lost: no image has it. */
    private static final String LOST_AND_FOUND = "lost+found";

    /** Reads a tree without crossing into other mounts. */
    static Tree read(Path root) throws IOException, InterruptedException {
        Map<String, Map<String, String>> attributes = ExtendedAttributes.read(root);
        Map<String, TreeEntry> entries = new TreeMap<>();
        Object device = Files.getAttribute(root, "unix:dev");
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes basic) throws IOException {
                if (!device.equals(Files.getAttribute(directory, "unix:dev"))) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                if (root.relativize(directory).toString().equals(LOST_AND_FOUND)) {
                    entries.computeIfPresent("", (_, top) -> top.links() > 1 ? top.withLinks(top.links() - 1) : top);
                    return FileVisitResult.SKIP_SUBTREE;
                }
                return visitFile(directory, basic);
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes basic) throws IOException {
                String name = root.relativize(path).toString();
                entries.put(name, entry(path, attributes.getOrDefault(name, Map.of())));
                return FileVisitResult.CONTINUE;
            }
        });
        return new Tree(entries);
    }

    private static TreeEntry entry(Path path, Map<String, String> attributes) throws IOException {
        Map<String, Object> unix = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
        int mode = value(unix, "mode", Integer.class);
        char type = type(mode);
        return new TreeEntry(
                type,
                mode & MODE_MASK,
                Integer.toUnsignedLong(value(unix, "uid", Integer.class)),
                Integer.toUnsignedLong(value(unix, "gid", Integer.class)),
                type == 'f' || type == 'l' ? value(unix, "size", Long.class) : 0,
                value(unix, "nlink", Integer.class),
                value(unix, "lastModifiedTime", FileTime.class).toInstant(),
                switch (type) {
                    case 'f' -> digest(path);
                    case 'l' -> Files.readSymbolicLink(path).toString();
                    case 'b', 'c' -> value(unix, "rdev", Long.class).toString();
                    default -> "";
                },
                attributes);
    }

    private static <T> T value(Map<String, Object> attributes, String name, Class<T> type) {
        return type.cast(Objects.requireNonNull(attributes.get(name), name));
    }

    private static char type(int mode) {
        return switch (mode & TYPE_MASK) {
            case 0100000 -> 'f';
            case 0040000 -> 'd';
            case 0120000 -> 'l';
            case 0010000 -> 'p';
            case 0020000 -> 'c';
            case 0060000 -> 'b';
            default -> 's';
        };
    }

    private static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
