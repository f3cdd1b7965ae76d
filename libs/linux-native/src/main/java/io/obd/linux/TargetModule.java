package io.obd.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The kernel's module for backstores that are served in user space, as a whole. */
public final class TargetModule {
    private static final List<String> MODULES = List.of("target_core_user", "tcm_loop");
    private static final Path LOADED = Path.of("/sys/module");
    private static final Path PARAMETERS = LOADED.resolve("target_core_user/parameters");
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int MODPROBE_SECONDS = 30;

    private TargetModule() {}

    /**
     * Sees to it that the modules are loaded and configfs is mounted.
     *
     * @return why that cannot be, or empty if all is there
     */
    public static Optional<String> load() throws IOException {
        for (String module : MODULES) {
            if (!Files.isDirectory(LOADED.resolve(module)) && !modprobe(module)) {
                return Optional.of("the kernel has no " + module);
            }
        }
        if (!Files.isDirectory(Backstores.CONFIGFS.resolve("target"))) {
            try {
                new Mounts().mount("configfs", Backstores.CONFIGFS, "configfs", List.of());
            } catch (ErrnoException e) {
                return Optional.of("configfs cannot be mounted: " + e.getMessage());
            }
        }
        return Optional.empty();
    }

    private static boolean modprobe(String module) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder("modprobe", "--quiet", module)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return false; // no such program here
        }
        try {
            return process.waitFor(MODPROBE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while loading " + module, e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Has the kernel refuse, with EAGAIN, what it would have to ask the backend for. */
    public static void blockEvents() throws IOException {
        set("block_netlink", "1");
    }

    /** Has the kernel ask again. */
    public static void unblockEvents() throws IOException {
        set("block_netlink", "0");
    }

    /** Ends, with EINTR, the waits for answers that a backend which is gone owes. */
    public static void forgetEvents() throws IOException {
        set("reset_netlink", "1");
    }

    private static void set(String parameter, String value) throws IOException {
        KernelFile.write(new HostTree(), PARAMETERS.resolve(parameter), value, LIMIT);
    }
}
