package io.obd.tcmu;

import io.obd.linux.Backstores;
import io.obd.linux.Errno;
import io.obd.linux.RawFile;
import io.obd.linux.Reason;
import io.obd.linux.UioDevice;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over the devices that are in the kernel when the daemon starts, all at once. Who uses them waits meanwhile. An
 * image that cannot be opened now is tried again until it can be or its device goes. But nobody waits longer for it
 * than for a read: after that time, what was asked of the device fails.
 */
final class TcmuTakeover implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(TcmuTakeover.class);

    /** How long the start of the daemon waits for the devices. */
    private static final Duration FIRST_ATTEMPTS = Duration.ofSeconds(10);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    /** Takes one device over. */
    interface Attempt {
        void run(TcmuName name, UioDevice uio) throws ApiException;
    }

    private final Backstores backstores;
    private final Duration ioTimeout;
    private final Attempt attempt;
    private volatile boolean closed;

    TcmuTakeover(Backstores backstores, Duration ioTimeout, Attempt attempt) {
        this.backstores = backstores;
        this.ioTimeout = ioTimeout;
        this.attempt = attempt;
    }

    /** Takes over what is there. Returns when every device is served or has failed once, or after a while. */
    void run(List<UioDevice> present) throws IOException {
        List<CountDownLatch> tried = new ArrayList<>();
        for (UioDevice uio : present) {
            TcmuName.parse(uio.name()).ifPresent(name -> {
                CountDownLatch latch = new CountDownLatch(1);
                tried.add(latch);
                Thread.ofVirtual().name("tcmu-takeover").start(() -> takeOver(name, uio, latch));
            });
        }
        long deadline = System.nanoTime() + FIRST_ATTEMPTS.toNanos();
        try {
            for (CountDownLatch latch : tried) {
                latch.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while taking devices over", e);
        }
    }

    private void takeOver(TcmuName name, UioDevice uio, CountDownLatch tried) {
        long start = System.nanoTime();
        Duration pause = FIRST_PAUSE;
        try {
            while (!attempt(name, uio)) {
                tried.countDown();
                if (System.nanoTime() - start > ioTimeout.toNanos()) {
                    failCommands(name, uio);
                }
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        } catch (IOException | RuntimeException e) { // the edge of the thread
            log.error("{}: cannot be taken over", name.id(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            tried.countDown();
        }
    }

    /** True if there is nothing left to do: the device is served, by us or by somebody else, or gone. */
    private boolean attempt(TcmuName name, UioDevice uio) throws IOException {
        boolean there = UioDevice.find(uio.number()).equals(Optional.of(uio)) && backstores.isEnabled(name.backstore());
        if (closed || !there) {
            return true;
        }
        try {
            attempt.run(name, uio);
            return true;
        } catch (ApiException e) {
            if (TcmuEvents.errno(e) == Errno.EBUSY.number()) {
                log.warn("{}: another process serves it: {}", name.id(), Reason.withCauses(e));
                return true;
            }
            return false;
        }
    }

    /** Only if nobody else has the device open: they would be his commands. */
    private void failCommands(TcmuName name, UioDevice uio) throws IOException {
        try (RawFile _ = uio.open()) {
            backstores.failOutstanding(name.backstore());
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
