package io.obd.ctr.trace;

import io.obd.ctr.client.CtrException;
import io.obd.linux.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The file that the backend writes a trace to. An empty file asks for one; the backend makes FILE.lock while it records,
 * stops when that is removed, and makes FILE.ok when the trace is complete. ctr makes FILE.pid when there is a task.
 */
final class TraceFile implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    /** Longest trace that becomes a layer; a record has 24 bytes. */
    private static final long MAX_BYTES = 64L << 20;

    private final Path file;
    private final Path lock;
    private final Path ok;
    private final Path pid;

    private TraceFile(Path file) {
        this.file = file;
        this.lock = Path.of(file + ".lock");
        this.ok = Path.of(file + ".ok");
        this.pid = Path.of(file + ".pid");
    }

    /** Makes an empty one. The directory is made if it is not there, for root only. */
    static TraceFile create(Path directory, String name) throws IOException {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return new TraceFile(Files.createFile(directory.resolve(name)).toRealPath());
        } catch (IOException e) {
            throw new CtrException("the working directory " + directory + " cannot be used: " + Reason.of(e), null, e);
        }
    }

    Path path() {
        return file;
    }

    /** Where the number of the task's process goes. */
    Path pidFile() {
        return pid;
    }

    /** Whether there was a task: the backend records from the attach on, for a container that cannot be started too. */
    boolean hadTask() {
        return Files.exists(pid);
    }

    /**
     * Ends the recording, and waits until the trace is written.
     *
     * @param patience longest wait
     * @param cancelled whether nobody wants the trace any more
     */
    byte[] collect(Duration patience, BooleanSupplier cancelled) throws IOException, InterruptedException {
        Files.deleteIfExists(lock);
        long deadline = System.nanoTime() + patience.toNanos();
        while (!Files.exists(ok)) {
            if (cancelled.getAsBoolean()) {
                throw new CtrException("the collection of the trace was broken off");
            }
            if (System.nanoTime() - deadline > 0) {
                throw new CtrException(
                        "the backend has not written the trace within " + patience.toSeconds() + " s",
                        "see whether overlaybd-tcmu runs, and look at its log; if the device was in use already, end"
                                + " what uses it",
                        null);
            }
            TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new CtrException("the trace has " + Files.size(file) + " bytes, more than the " + MAX_BYTES
                    + " that are taken: record for a shorter time");
        }
        return Files.readAllBytes(file);
    }

    /** Removes what there is. */
    @Override
    public void close() throws IOException {
        for (Path path : new Path[] {lock, ok, pid, file}) {
            Files.deleteIfExists(path);
        }
    }
}
