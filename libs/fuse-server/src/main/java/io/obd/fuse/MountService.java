package io.obd.fuse;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.RawFile;
import io.obd.linux.ReadableWait;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What serves a mount, whatever is in it: the threads that take requests from the kernel, and the watchdog that gives up on
 * those that take too long.
 */
final class MountService implements Closeable {
    private static final Duration END_OF_THREADS = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(5);

    private final FuseSession session;
    private final Channels channels;
    private final DataPath data;
    private final List<ReadableWait> waits = new ArrayList<>();
    private final List<Thread> readers = new ArrayList<>();
    private final Thread watchdog;
    private final CountDownLatch served;
    private volatile boolean standingDown;

    /**
     * @param channels this one's to close
     * @param observer told of the reads, null for nobody
     * @param log where failures go
     */
    MountService(
            FuseSession session,
            Channels channels,
            Requests requests,
            @Nullable FuseObserver observer,
            FuseOptions options,
            Logger log)
            throws IOException {
        this.session = session;
        this.channels = channels;
        FailureLog failures = new FailureLog(log);
        this.data = new DataPath(failures, observer, new BufferPool());
        this.served = new CountDownLatch(channels.read().size());
        AtomicInteger free = new AtomicInteger();
        try {
            for (RawFile channel : channels.read()) {
                channel.stopWaiting();
                ReadableWait wait = new ReadableWait(channel.fd());
                waits.add(wait);
                Reader reader = new Reader(channel, wait, free, requests, data, () -> standingDown);
                readers.add(Thread.ofPlatform()
                        .name("fuse-reader-" + readers.size())
                        .daemon()
                        .unstarted(() -> serve(reader)));
            }
        } catch (IOException | RuntimeException | Error e) {
            try (Closeable _ = this::closeDescriptors) {
                throw e;
            }
        }
        watchdog = Thread.ofPlatform()
                .name("fuse-watchdog")
                .daemon()
                .unstarted(new Watchdog(data.underWay(), options.ioTimeout(), failures));
    }

    private void serve(Reader reader) {
        try {
            reader.run();
        } finally {
            served.countDown();
        }
    }

    void start() {
        readers.forEach(Thread::start);
        watchdog.start();
    }

    FuseSession session() {
        return session;
    }

    Channels channels() {
        return channels;
    }

    /** The requests for data that were received, and those that readers will use again. */
    Set<DataRequest> underWay() {
        return data.underWay();
    }

    /** False if somebody unmounted the file system or took its connection down: nothing is served any more. */
    boolean isServing() {
        return served.getCount() > 0;
    }

    void awaitEnd() throws InterruptedException {
        served.await();
    }

    /** Waits until nothing is served any more, for a moment: the threads end by themselves when nothing is mounted. */
    boolean hasEnded() {
        try {
            return served.await(END_OF_THREADS.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !isServing();
        }
    }

    /**
     * Takes no more requests and answers those that it has, so that a successor can go on. Requests that come from now on
     * wait for it.
     *
     * @return false if requests were left unanswered when the time was up
     */
    boolean standDown(Duration limit) throws IOException, InterruptedException {
        standingDown = true;
        for (ReadableWait wait : waits) {
            wait.end();
        }
        long deadline = System.nanoTime() + limit.toNanos();
        boolean complete = true;
        while (complete && !isQuiet()) {
            Thread.sleep(POLL);
            complete = System.nanoTime() < deadline;
        }
        watchdog.interrupt();
        if (complete) {
            closeDescriptors();
        }
        return complete;
    }

    private boolean isQuiet() {
        return !isServing() && data.underWay().stream().allMatch(DataRequest::isAnswered);
    }

    /** A buffer for a notice to the kernel. */
    static ByteBuffer notice(int code, int payload) {
        ByteBuffer notice =
                ByteBuffer.allocateDirect(OutHeader.LENGTH + payload).order(ByteOrder.nativeOrder());
        OutHeader.put(notice, OutHeader.LENGTH + payload, -code, 0);
        return notice;
    }

    /** Sends a notice to the kernel. */
    void notify(ByteBuffer notice) throws IOException {
        try {
            channels.kept().getFirst().write(notice);
        } catch (ErrnoException e) {
            // ENOENT: the kernel does not know what it is about. ENODEV, ENOTCONN: there is no mount any more.
            if (!e.is(Errno.ENOENT) && !e.is(Errno.ENODEV) && !e.is(Errno.ENOTCONN)) {
                throw e;
            }
        }
    }

    /** Ends the threads when nothing is served any more, which is so when the file system was unmounted. */
    @Override
    public void close() throws IOException {
        watchdog.interrupt();
        if (hasEnded()) {
            closeDescriptors();
        }
        // Otherwise a file is open: its user is served until this process ends.
    }

    private void closeDescriptors() throws IOException {
        for (ReadableWait wait : waits) {
            wait.close();
        }
        channels.close();
    }
}
