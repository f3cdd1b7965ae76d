package io.obd.nydusd;

import io.obd.fs.tar.ByteString;
import io.obd.linux.Reason;
import io.obd.nydusbackend.config.Settings;
import io.obd.nydusd.data.CacheCounters;
import io.obd.nydusd.fs.RafsImage;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches chunks before they are asked for: first what the blobs say of their beginnings, then the files that a list or
 * the image names, then everything if that is wanted.
 */
final class Prefetcher implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Prefetcher.class);

    private static final Duration END_OF_WORKERS = Duration.ofSeconds(5);

    private final RafsImage image;
    private final Settings.Prefetch settings;
    private final List<String> files;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final List<Thread> workers = new ArrayList<>();
    private long allowedAt = System.nanoTime();

    /** @param files instead of those that the image names, if there are any */
    Prefetcher(RafsImage image, Settings.Prefetch settings, List<String> files) {
        this.image = image;
        this.settings = settings;
        this.files = files;
    }

    /** Begins, if it is wanted. */
    void start() {
        if (!settings.enabled()) {
            return;
        }
        BlockingQueue<Chunk> queue = new LinkedBlockingQueue<>(chunks());
        CacheCounters counters = image.content().counters();
        counters.prefetchWorkers.set(settings.threads());
        counters.prefetchBegan.set(System.currentTimeMillis());
        for (int i = 0; i < settings.threads(); i++) {
            workers.add(Thread.ofPlatform().name("prefetch-" + i).daemon().start(() -> work(queue, counters)));
        }
    }

    private void work(BlockingQueue<Chunk> queue, CacheCounters counters) {
        try {
            Chunk chunk = queue.poll();
            while (chunk != null && closing.getCount() > 0) {
                fetch(chunk, counters);
                chunk = queue.poll();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // the edge of the thread
            log.error(
                    "prefetch of {} ends",
                    image.bootstrap().blobs().stream().map(BlobInfo::id).toList(),
                    e);
        } finally {
            if (counters.prefetchWorkers.decrementAndGet() == 0) {
                counters.prefetchEnded.set(System.currentTimeMillis());
            }
        }
    }

    private void fetch(Chunk chunk, CacheCounters counters) throws InterruptedException {
        long start = System.nanoTime();
        try {
            long bytes = image.content().prefetch(chunk);
            if (bytes > 0) {
                counters.prefetchedBytes.add(bytes);
                counters.prefetchRequests.increment();
                counters.prefetchMillis.add((System.nanoTime() - start) / 1_000_000);
                rest(bytes);
            }
        } catch (IOException e) {
            // Whoever reads it will try again; others may be all right.
            log.warn(
                    "prefetch of {}: {}",
                    image.bootstrap().blobs().get(chunk.blob()).id(),
                    Reason.withCauses(e));
        }
    }

    /** Keeps to the limit of bytes in a second. */
    private void rest(long bytes) throws InterruptedException {
        if (settings.bytesPerSecond() == 0) {
            return;
        }
        long wait;
        synchronized (this) {
            long now = System.nanoTime();
            allowedAt = Math.max(allowedAt, now) + (long) (bytes * 1e9 / settings.bytesPerSecond());
            wait = allowedAt - now;
        }
        var _ = closing.await(wait, TimeUnit.NANOSECONDS);
    }

    /** What is to be fetched, in this order. */
    private Set<Chunk> chunks() {
        Set<Chunk> wanted = new LinkedHashSet<>();
        List<Chunk> byPlace = image.bootstrap().chunks().stream()
                .sorted(Comparator.comparingInt(Chunk::blob).thenComparingLong(Chunk::compressedOffset))
                .toList();
        for (Chunk chunk : byPlace) {
            BlobInfo blob = image.bootstrap().blobs().get(chunk.blob());
            if (chunk.compressedOffset() < blob.readAhead() || blob.features().isForPrefetch()) {
                wanted.add(chunk);
            }
        }
        List<Inode> named = named();
        boolean whole = named.contains(image.bootstrap().root());
        if (!whole) {
            named.forEach(inode -> addAll(inode, wanted));
        }
        if (whole || settings.all()) {
            wanted.addAll(byPlace);
        }
        return wanted;
    }

    private List<Inode> named() {
        if (files.isEmpty()) {
            return image.bootstrap().prefetch();
        }
        List<Inode> named = new ArrayList<>();
        for (String path : files) {
            Inode found = find(path);
            if (found == null) {
                log.warn("prefetch of {}: the image has no such file", path);
            } else {
                named.add(found);
            }
        }
        return named;
    }

    private @Nullable Inode find(String path) {
        Inode at = image.bootstrap().root();
        for (String name : path.split("/")) {
            if (!name.isEmpty() && at != null) {
                at = at.child(ByteString.of(name));
            }
        }
        return at;
    }

    private static void addAll(Inode root, Set<Chunk> wanted) {
        Deque<Inode> rest = new ArrayDeque<>(List.of(root));
        for (Inode inode = rest.poll(); inode != null; inode = rest.poll()) {
            wanted.addAll(inode.chunks());
            inode.entries().reversed().forEach(entry -> rest.push(entry.inode()));
        }
    }

    /** Has the threads end after what they are at, and waits for that a while: the content is closed next. */
    @Override
    public void close() {
        // Not interrupted: that would close the files that they read.
        closing.countDown();
        long deadline = System.nanoTime() + END_OF_WORKERS.toNanos();
        try {
            for (Thread worker : workers) {
                if (!worker.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
                    log.warn("{} is still at a fetch", worker.getName());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
