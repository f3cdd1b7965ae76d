package io.obd.tcmu.watch;

import io.obd.blobstore.BlobEvents;
import io.obd.blobstore.Evictions;
import io.obd.logfmt.NumberedFiles;
import io.obd.logfmt.RotatingFile;
import io.obd.registry.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit log of the original: a line for every read from a registry, for reads and writes that took long, and for
 * what the cache drops.
 *
 * <pre>
 * 2026/11/28 22:40:00|AUDIT|th=000000000000002A|download[pathname=https://…][offset=0][size=262144][latency=1200]
 * </pre>
 *
 * <p>Latencies are in microseconds. The data path never waits for the file: lines that it cannot take are counted, and
 * the count is in the log.
 */
public final class AuditLog implements DataPathWatch, Evictions, Closeable {
    private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss");
    private static final long FILE_LIMIT = 10 << 20;
    private static final int FILES = 3;
    private static final int WAITING_LINES = 8192;
    private static final int LINES_AT_ONCE = 256;
    private static final String NOTHING = "";
    private static final Duration LAST_LINES = Duration.ofSeconds(5);

    private static final long SLOW_FILE_NANOS = 10_000_000;
    private static final long SLOW_CACHE_NANOS = 1_000_000;

    private final Path path;
    private final RotatingFile file;
    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(WAITING_LINES);
    private final LongAdder lost = new LongAdder();
    private final Thread writer;
    private volatile boolean closed;
    private boolean failing;

    private AuditLog(Path path, RotatingFile file) {
        this.path = path;
        this.file = file;
        this.writer = Thread.ofPlatform().name("audit").daemon().unstarted(this::writeUntilClosed);
    }

    /** Opens the file, to go on at its end. */
    public static AuditLog open(Path path) throws IOException {
        return open(path, FILE_LIMIT);
    }

    static AuditLog open(Path path, long fileLimit) throws IOException {
        AuditLog audit = new AuditLog(path, new RotatingFile(path, fileLimit, new NumberedFiles(FILES - 1)));
        audit.writer.start();
        return audit;
    }

    @Override
    public BlobEvents layers(Place place) {
        return switch (place) {
            case LOCAL -> new Reads("", Long.MAX_VALUE, "file:pread", SLOW_FILE_NANOS);
            case REMOTE -> new Reads("download", 0, "file:read", SLOW_CACHE_NANOS);
            case DOWNLOAD -> new Reads("bk_download", 0, "file:read", SLOW_CACHE_NANOS);
        };
    }

    /** Lines for all fetches, and for reads from this host that took so long. */
    private final class Reads implements BlobEvents {
        private final String fetch;
        private final long fetchNanos;
        private final String read;
        private final long readNanos;

        Reads(String fetch, long fetchNanos, String read, long readNanos) {
            this.fetch = fetch;
            this.fetchNanos = fetchNanos;
            this.read = read;
            this.readNanos = readNanos;
        }

        @Override
        public void hit(String blob, long offset, int bytes, long nanos) {
            if (nanos > readNanos) {
                add(read, blob, offset, bytes, nanos);
            }
        }

        @Override
        public void fetched(String blob, long offset, long bytes, long nanos) {
            if (nanos >= fetchNanos) {
                add(fetch, blob, offset, bytes, nanos);
            }
        }
    }

    @Override
    public void written(String name, long offset, int bytes, long nanos) {
        if (nanos > SLOW_FILE_NANOS) {
            add("file:write", name, offset, bytes, nanos);
        }
    }

    @Override
    public void evicted(Digest blob, long bytes) {
        add("eviction", blob.toString(), 0, bytes, 0);
    }

    private void add(String operation, String name, long offset, long bytes, long nanos) {
        String line = "%s|AUDIT|th=%016X|%s[pathname=%s][offset=%d][size=%d][latency=%d]%n"
                .formatted(
                        TIME.format(LocalDateTime.now(ZoneId.systemDefault())),
                        Thread.currentThread().threadId(),
                        operation,
                        name,
                        offset,
                        bytes,
                        nanos / 1000);
        if (!lines.offer(line)) {
            lost.increment();
        }
    }

    private void writeUntilClosed() {
        List<String> batch = new ArrayList<>();
        try {
            while (!closed || !lines.isEmpty()) {
                batch.add(lines.take());
                lines.drainTo(batch, LINES_AT_ONCE);
                write(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            log.error("{}: nothing is written to it any more: its thread was interrupted", path, e);
        }
    }

    private void write(List<String> batch) {
        long missing = lost.sumThenReset();
        if (missing > 0) {
            batch.add("%s|AUDIT|%d lines before this one are missing: the disk was too slow%n"
                    .formatted(TIME.format(LocalDateTime.now(ZoneId.systemDefault())), missing));
        }
        try {
            file.write(ByteBuffer.wrap(String.join("", batch).getBytes(StandardCharsets.UTF_8)));
            failing = false;
        } catch (IOException e) {
            lost.add(batch.size());
            if (!failing) {
                log.warn("{}: lines of the audit log are lost: {}", path, e.toString());
            }
            failing = true;
        }
    }

    /** Writes what is waiting, and closes the file. */
    @Override
    public void close() throws IOException {
        closed = true;
        // Wakes the writer where there is nothing to do; where the queue is full, it is awake.
        lines.offer(NOTHING);
        try {
            writer.join(LAST_LINES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!writer.isAlive()) {
            file.close();
        }
    }
}
