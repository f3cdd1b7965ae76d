package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A daemon's process, started by us or by a snapshotter before us.
 *
 * @param started tells it from a later process with its number
 * @param socket where it serves its API
 */
record DaemonProcess(ProcessHandle handle, Optional<Instant> started, Path socket) {
    private static final Path PROC = Path.of("/proc");
    private static final Duration POLL = Duration.ofMillis(20);

    static DaemonProcess of(ProcessHandle handle, Path socket) {
        return new DaemonProcess(handle, handle.info().startInstant(), socket);
    }

    /** The processes that were told to serve their API on a socket in this directory. */
    static List<DaemonProcess> serving(Path directory) throws IOException {
        List<DaemonProcess> serving = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                Optional<Path> socket = arguments(entry).stream()
                        .filter(word -> word.startsWith(directory + "/"))
                        .findFirst()
                        .map(Path::of);
                if (socket.isPresent()) {
                    ProcessHandle.of(Long.parseLong(entry.getFileName().toString()))
                            .map(handle -> of(handle, socket.get()))
                            .filter(DaemonProcess::isAlive)
                            .ifPresent(serving::add);
                }
            }
        }
        return serving;
    }

    private static List<String> arguments(Path process) {
        try {
            byte[] line = Files.readAllBytes(process.resolve("cmdline"));
            return List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return List.of(); // it has ended meanwhile
        }
    }

    long pid() {
        return handle.pid();
    }

    /** Whether it runs. One that has ended and that nobody has buried yet does not. */
    boolean isAlive() {
        return handle.isAlive() && handle.info().startInstant().equals(started) && !isZombie();
    }

    private boolean isZombie() {
        try {
            String stat = Files.readString(PROC.resolve(pid() + "/stat"));
            return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return true; // it is gone
        }
    }

    /** Waits for its end; returns whether it came. */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (isAlive()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(POLL);
        }
        return true;
    }
}
