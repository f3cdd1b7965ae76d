package io.obd.nydussnapshotter;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process of a daemon writes to its standard output and error. It goes to a file, so that an error can quote it
 * and a daemon can write while no snapshotter runs. If it is the daemon's log it is handed on from there, and what was
 * handed on leaves the file.
 */
final class DaemonOutput {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonOutput.class);

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int BUFFER = 8192;

    /** What an error quotes, in bytes: the end, where the reason stands. */
    private static final int QUOTED = 1500;

    private final Path file;
    private final Optional<OutputStream> reader;
    private boolean finished;

    /** @param reader gets what is written, if it is a log; not closed */
    DaemonOutput(Path file, Optional<OutputStream> reader) {
        this.file = file;
        this.reader = reader;
    }

    Path file() {
        return file;
    }

    /** Hands on from now on what is written. */
    void follow() {
        if (reader.isEmpty()) {
            return;
        }
        Thread.ofVirtual().name("output-" + file.getFileName()).start(() -> {
            try {
                while (handOn(reader.get())) {
                    Thread.sleep(PERIOD);
                }
            } catch (InterruptedException | IOException e) { // the edge of the thread
                LOG.error("what a nydusd writes stays in {} from now on: {}", file, e.getMessage());
            }
        });
    }

    /** @return false if it was {@linkplain #finish finished} */
    private synchronized boolean handOn(OutputStream to) throws IOException {
        if (finished || Files.notExists(file)) {
            return !finished;
        }
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long at = 0;
            while (at < in.size()) {
                int n = in.read(buffer.clear(), at);
                to.write(buffer.array(), 0, Math.max(n, 0));
                at += Math.max(n, 0);
            }
            to.flush();
            // The process appends to the file. What it writes between the last look and this is lost.
            in.truncate(0);
        }
        return true;
    }

    /** Hands on what is left, now that the process has ended. */
    synchronized void finish() throws IOException {
        try {
            if (reader.isPresent() && handOn(reader.get())) {
                Files.deleteIfExists(file);
            }
        } finally {
            finished = true; // what comes now is of the next process
        }
    }

    /** Bytes that were written and not handed on. */
    long size() throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /** The end of what was written behind that byte. */
    String tail(long from) throws IOException {
        return tail(file, from);
    }

    /** The end of what was added to a file. */
    static String tail(Path file, long from) throws IOException {
        if (!Files.exists(file)) {
            return "";
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long start = Math.max(Math.min(from, in.length()), in.length() - QUOTED);
            byte[] bytes = new byte[(int) (in.length() - start)];
            in.seek(start);
            in.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
