package io.obd.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** An image mounted by the kernel through a loop device. */
final class Mounted implements AutoCloseable {
    private final Path directory;

    private Mounted(Path directory) {
        this.directory = directory;
    }

    static Mounted readOnly(Path image) throws IOException {
        return mount(image, "loop,ro");
    }

    static Mounted writable(Path image) throws IOException {
        return mount(image, "loop");
    }

    private static Mounted mount(Path image, String options) throws IOException {
        Path directory = Files.createTempDirectory("image-fs-mount");
        try {
            Commands.check("mount", "-o", options, "-t", "ext4,erofs", image.toString(), directory.toString());
        } catch (IOException e) {
            Files.delete(directory);
            throw e;
        }
        return new Mounted(directory);
    }

    Path path() {
        return directory;
    }

    /** All files with all their attributes, a line each, as tree.py prints them. */
    List<String> listing() throws IOException {
        return Commands.check("python3", "src/test/resources/tree.py", directory.toString())
                .lines()
                .toList();
    }

    /** A listing without the number of links of the root, which is one more in ext4. */
    static List<String> withoutLostAndFound(List<String> listing) {
        List<String> lines = new ArrayList<>(listing);
        lines.set(0, lines.getFirst().replaceFirst("\"nlink\": \\d+", ""));
        return lines;
    }

    /** Lines that only one of two listings has. */
    List<String> differencesFrom(List<String> others) throws IOException {
        List<String> mine = listing();
        List<String> differences = new ArrayList<>(mine);
        differences.removeAll(new HashSet<>(others));
        others.stream().filter(Predicate.not(new HashSet<>(mine)::contains)).forEach(differences::add);
        return differences;
    }

    /** Paths with the content of files and {@code -> target} of symlinks; empty for directories. */
    Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                String shown = "/" + directory.relativize(path);
                if (Files.isSymbolicLink(path)) {
                    contents.put(shown, "-> " + Files.readSymbolicLink(path));
                } else {
                    contents.put(shown, Files.isDirectory(path) ? "" : Files.readString(path));
                }
            }
        }
        contents.remove("/");
        contents.remove("/lost+found");
        return contents;
    }

    @Override
    public void close() throws IOException {
        Commands.check("umount", directory.toString());
        Files.delete(directory);
    }
}
