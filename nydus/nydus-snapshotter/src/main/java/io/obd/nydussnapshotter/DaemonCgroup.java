package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control group that daemons are in, so that their memory has a limit of its own: {@code system.slice/nydusd} of the
 * memory controller, of version 2 where the system has only that, otherwise of version 1.
 */
final class DaemonCgroup {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonCgroup.class);

    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final String SLICE = "system.slice";
    private static final String NAME = "nydusd";
    private static final String CONTROLLER = "memory";
    private static final String PROCESSES = "cgroup.procs";

    private final Path directory;
    private final MemoryKills kills;

    private DaemonCgroup(Path directory, MemoryKills kills) {
        this.directory = directory;
        this.kills = kills;
    }

    /**
     * Makes the group, or takes the one that is there, and sets its limit.
     *
     * @param limit of the memory in bytes, if there is one
     * @throws IOException if this system has no control groups for memory
     */
    static DaemonCgroup make(OptionalLong limit) throws IOException {
        return make(ROOT, NAME, limit);
    }

    static DaemonCgroup make(Path root, String name, OptionalLong limit) throws IOException {
        DaemonCgroup group = Files.exists(root.resolve("cgroup.controllers"))
                ? unified(root, name, limit)
                : legacy(root.resolve(CONTROLLER), name, limit);
        LOG.info("daemons are in the control group {}", group.directory);
        return group;
    }

    private static DaemonCgroup unified(Path root, String name, OptionalLong limit) throws IOException {
        Path slice = root.resolve(SLICE);
        Files.createDirectories(slice);
        for (Path above : List.of(root, slice)) {
            enable(above);
        }
        Path group = slice.resolve(name);
        String bytes = limit.isPresent() ? Long.toString(limit.getAsLong()) : "max";
        return limited(group, "memory.max", bytes, kills(group, "memory.events", limit));
    }

    /** Has the groups below a group count their memory. */
    private static void enable(Path group) throws IOException {
        Path control = group.resolve("cgroup.subtree_control");
        List<String> controllers = Files.exists(control)
                ? Arrays.asList(Files.readString(control).strip().split(" "))
                : List.of();
        if (!controllers.contains(CONTROLLER)) {
            try {
                Files.writeString(control, "+" + CONTROLLER);
            } catch (IOException e) {
                throw new IOException(
                        "cgroup.enable: the memory controller is not on in " + control + ": " + e.getMessage(), e);
            }
        }
    }

    private static DaemonCgroup legacy(Path controller, String name, OptionalLong limit) throws IOException {
        if (!Files.exists(controller.resolve(PROCESSES))) {
            throw new IOException(
                    "cgroup.enable: this system has no control groups for memory: nothing is mounted at " + controller);
        }
        Path group = controller.resolve(SLICE).resolve(name);
        String bytes = Long.toString(limit.orElse(-1));
        return limited(group, "memory.limit_in_bytes", bytes, kills(group, "memory.oom_control", limit));
    }

    private static MemoryKills kills(Path group, String file, OptionalLong limit) {
        return new MemoryKills(group.resolve(file), group.resolve(PROCESSES), limit);
    }

    private static DaemonCgroup limited(Path directory, String file, String limit, MemoryKills kills)
            throws IOException {
        Files.createDirectories(directory);
        try {
            Files.writeString(directory.resolve(file), limit);
        } catch (IOException e) {
            throw new IOException(
                    "cgroup.memory_limit: " + limit + " cannot be set in " + directory.resolve(file) + ": "
                            + e.getMessage(),
                    e);
        }
        return new DaemonCgroup(directory, kills);
    }

    /** Puts a process into it; those that it starts later are in it, too. */
    void add(long pid) throws IOException {
        Files.writeString(directory.resolve(PROCESSES), Long.toString(pid));
    }

    /** Whom the kernel has killed for the limit. */
    MemoryKills kills() {
        return kills;
    }

    /** Removes it, unless daemons go on in it. */
    void removeIfEmpty() throws IOException {
        if (Files.exists(directory.resolve(PROCESSES))
                && Files.readString(directory.resolve(PROCESSES)).isBlank()) {
            Files.delete(directory); // rmdir(2): what the kernel shows in it is no obstacle
        }
    }
}
