package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Whole directories. */
final class Directories {
    private Directories() {}

    /** Removes a directory with everything in it, unless something is mounted there. */
    static void delete(Path directory) throws IOException {
        if (!new Leftovers(directory).mounts().isEmpty()) {
            throw new StackException("something is still mounted below " + directory + ": unmount it first");
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
