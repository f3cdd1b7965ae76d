package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How often the kernel has killed a process of a control group because the group had no memory left. */
final class MemoryKills {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryKills.class);

    /** Several processes may be killed one after the other, and each end is looked into soon. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private static final long MIB = 1 << 20;
    private static final String COUNTER = "oom_kill ";

    private final Path file;
    private final Path processes;
    private final OptionalLong limit;
    private long known;
    private long noticedAt;
    private boolean hasKilled;

    /**
     * @param file {@code memory.events} of version 2, {@code memory.oom_control} of version 1
     * @param processes file with the processes of the group
     * @param limit of the group's memory in bytes, if it has one
     */
    MemoryKills(Path file, Path processes, OptionalLong limit) {
        this.file = file;
        this.processes = processes;
        this.limit = limit;
        this.known = count();
    }

    /**
     * Why a process of the group ended just now.
     *
     * @return a part of a sentence; empty if it was not this
     */
    synchronized String explain() {
        long now = System.nanoTime();
        long count = count();
        if (count > known) {
            known = count;
            noticedAt = now;
            hasKilled = true;
        }
        if (!hasKilled || now - noticedAt > SOON.toNanos()) {
            return "";
        }
        if (limit.isEmpty()) {
            return "it was killed because this machine had no memory left";
        }
        return "it was killed because cgroup.memory_limit (" + limit.getAsLong() / MIB
                + "MiB, for all daemons together, " + others() + " are left) was reached: raise it";
    }

    private long others() {
        return lines(processes).size();
    }

    private long count() {
        return lines(file).stream()
                .filter(line -> line.startsWith(COUNTER))
                .map(line -> line.substring(COUNTER.length()).strip())
                .filter(number -> number.matches("[0-9]{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            LOG.debug("{}: {}", file, e.getMessage());
            return List.of();
        }
    }
}
