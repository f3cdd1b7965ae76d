package io.obd.tcmu.trace;

import io.obd.block.BlobReader;
import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what is read of each layer. While it does there is a file {@code <trace>.lock}; when somebody deletes it, or
 * the device is detached, the trace is written, and then {@code <trace>.ok} is made.
 *
 * <p>A read that is repeated is recorded once. What was read to open the image is not: whoever opens it reads that anyway.
 */
final class TraceRecorder implements ImageTrace {
    private static final Logger log = LoggerFactory.getLogger(TraceRecorder.class);
    private static final long POLL_SECONDS = 1;

    private final Path file;
    private final Path lock;
    private final Path ok;
    private final Set<TraceRead> reads = new LinkedHashSet<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean recording;
    private final Runnable ended;
    private boolean started;

    /**
     * Takes the file.
     *
     * @param ended run when it is given back
     * @throws IOException if the lock cannot be made
     */
    TraceRecorder(Path file, Runnable ended) throws IOException {
        this.file = file;
        this.ended = ended;
        this.lock = Path.of(file + ".lock");
        this.ok = Path.of(file + ".ok");
        Files.deleteIfExists(ok);
        // One that is there is of a run of the daemon that ended before the trace did.
        Files.deleteIfExists(lock);
        Files.createFile(lock);
    }

    @Override
    public BlobReader tap(int layer, BlobReader plain) {
        return new Recorded(layer, plain);
    }

    @Override
    public boolean isRecording() {
        return true;
    }

    @Override
    public void start(BlockStore image) {
        started = true;
        recording = true;
        log.info("recording what is read to {} until {} is gone or the device is detached", file, lock);
        Thread.ofVirtual().name("trace-record").start(this::watchLock);
    }

    private void watchLock() {
        try {
            while (!closed.await(POLL_SECONDS, TimeUnit.SECONDS)) {
                if (!Files.exists(lock)) {
                    finish();
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.error("the trace {} could not be written: {}", file, e.toString());
        }
    }

    private synchronized void finish() throws IOException {
        if (!recording) {
            return;
        }
        recording = false;
        List<TraceRead> recorded = recorded();
        try {
            TraceFile.write(file, recorded);
        } finally {
            Files.deleteIfExists(lock);
        }
        Files.createFile(ok);
        log.info("recorded {} reads to {}", recorded.size(), file);
    }

    private List<TraceRead> recorded() {
        synchronized (reads) {
            return List.copyOf(reads);
        }
    }

    private void record(int layer, long offset, int count) {
        if (recording && count > 0) {
            synchronized (reads) {
                if (reads.size() < TraceFile.MAX_READS) {
                    reads.add(new TraceRead(layer, offset, count));
                }
            }
        }
    }

    /** A trace that cannot be written is no reason to keep the device. */
    @Override
    public void close() {
        closed.countDown();
        try {
            if (started) {
                finish();
            } else {
                Files.deleteIfExists(lock);
            }
        } catch (IOException e) {
            log.error("the trace {} could not be written: {}", file, e.toString());
        } finally {
            ended.run();
        }
    }

    /** A layer whose reads are noted when they have succeeded. */
    private final class Recorded implements BlobReader {
        private final int layer;
        private final BlobReader plain;

        Recorded(int layer, BlobReader plain) {
            this.layer = layer;
            this.plain = plain;
        }

        @Override
        public long size() {
            return plain.size();
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            int count = dst.remaining();
            plain.read(offset, dst);
            record(layer, offset, count);
        }

        @Override
        public boolean discard(long offset, long length) throws IOException {
            return plain.discard(offset, length);
        }

        @Override
        public String name() {
            return plain.name();
        }

        @Override
        public void close() throws IOException {
            plain.close();
        }
    }
}
