package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A daemon's process, started by us or by a snapshotter before us.
 *
 * @param started tells it from a later process with its number
 */
record DaemonProcess(ProcessHandle handle, Optional<Instant> started) {
    private static final Path PROC = Path.of("/proc");
    private static final Duration POLL = Duration.ofMillis(20);

    static DaemonProcess of(ProcessHandle handle) {
        return new DaemonProcess(handle, handle.info().startInstant());
    }

    /** The process that was told to serve its API on this socket. */
    static Optional<DaemonProcess> serving(Path socket) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                if (arguments(entry).contains(socket.toString())) {
                    Optional<ProcessHandle> handle =
                            ProcessHandle.of(Long.parseLong(entry.getFileName().toString()));
                    if (handle.isPresent() && of(handle.get()).isAlive()) {
                        return handle.map(DaemonProcess::of);
                    }
                }
            }
        }
        return Optional.empty();
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
