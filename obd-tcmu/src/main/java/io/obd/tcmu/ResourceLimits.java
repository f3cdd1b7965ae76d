package io.obd.tcmu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the daemon needs of its host, compared with what it may use. */
final class ResourceLimits {
    /** Connections, layers, devices and files of the JVM. */
    private static final long DESCRIPTORS = 4096;

    /** Threads, code and buffers of the JVM. */
    private static final long BESIDE_THE_HEAP = 256L << 20;

    private final Path root;

    /** @param root directory with {@code proc} and {@code sys} */
    ResourceLimits(Path root) {
        this.root = root;
    }

    /**
     * What may be too little, one text each.
     *
     * @param cachedFiles files that the cache may have open
     * @param heap bytes that the heap may grow to; buffers outside of it may take as much again
     */
    List<String> warnings(long cachedFiles, long heap) {
        List<String> warnings = new ArrayList<>();
        long descriptors = openFiles();
        long wanted = DESCRIPTORS + cachedFiles;
        if (descriptors < wanted) {
            warnings.add("only %d files may be open, %d may be needed: raise LimitNOFILE of the unit"
                    .formatted(descriptors, wanted));
        }
        long memory = memory();
        if (memory < 2 * heap + BESIDE_THE_HEAP) {
            warnings.add(
                    "the memory of the control group is limited to %d MiB, %d MiB may be needed: raise MemoryMax of"
                                    .formatted(memory >> 20, (2 * heap + BESIDE_THE_HEAP) >> 20)
                            + " the unit, or lower -Xmx in OVERLAYBD_JAVA_OPTS");
        }
        return warnings;
    }

    private long openFiles() {
        return lines("proc/self/limits").stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.strip().split(" {2,}"))
                .filter(columns -> columns.length > 1)
                .mapToLong(columns -> number(columns[1]))
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    /** The lowest limit of the control groups, of either version, that this process is in. */
    private long memory() {
        long lowest = Long.MAX_VALUE;
        for (String line : lines("proc/self/cgroup")) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[1].isEmpty()) {
                lowest = Math.min(lowest, lowest("sys/fs/cgroup", parts[2], "memory.max"));
            } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
                lowest = Math.min(lowest, lowest("sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"));
            }
        }
        return lowest;
    }

    private long lowest(String mount, String group, String file) {
        long lowest = Long.MAX_VALUE;
        Path top = root.resolve(mount);
        for (Path at = top.resolve("." + group).normalize();
                at.startsWith(top);
                at = at.resolve("..").normalize()) {
            for (String line : lines(root.relativize(at.resolve(file)).toString())) {
                lowest = Math.min(lowest, number(line.strip()));
            }
        }
        return lowest;
    }

    private List<String> lines(String file) {
        try {
            return Files.readAllLines(root.resolve(file));
        } catch (IOException _) {
            return List.of(); // not on this kernel
        }
    }

    /** {@code max} and {@code unlimited} are no limits. */
    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            return Long.MAX_VALUE;
        }
    }
}
