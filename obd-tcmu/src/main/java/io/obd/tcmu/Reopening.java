package io.obd.tcmu;

import io.obd.tcmu.HeldMount.Survivor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the images of the devices that have outlived an earlier run, all at once. One that cannot be opened now is tried
 * again until it can be, or until its device is detached; who reads it gets an error when the time for I/O is up.
 */
final class Reopening {
    private static final Logger log = LoggerFactory.getLogger(Reopening.class);

    /** How long the start of the daemon waits for the first attempts. */
    private static final Duration FIRST_ATTEMPTS = Duration.ofSeconds(10);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    private final DeviceTable devices;
    private final FuseLoopFrontend frontend;

    Reopening(DeviceTable devices, FuseLoopFrontend frontend) {
        this.devices = devices;
        this.frontend = frontend;
    }

    /** Returns when every image is open or could not be opened at once; goes on with the latter. */
    void start(Collection<Survivor> survivors) {
        List<Thread> attempts = new ArrayList<>();
        for (Survivor survivor : List.copyOf(survivors)) {
            attempts.add(Thread.ofVirtual().name("reopen").start(() -> {
                if (!isDone(survivor)) {
                    Thread.ofVirtual().name("reopen").start(() -> retry(survivor));
                }
            }));
        }
        long deadline = System.nanoTime() + FIRST_ATTEMPTS.toNanos();
        try {
            for (Thread attempt : attempts) {
                attempt.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isDone(Survivor survivor) {
        String id = survivor.device().id();
        try {
            devices.adopt(id, Path.of(survivor.device().config()), image -> frontend.resume(survivor, image));
            return true;
        } catch (ApiException e) {
            log.warn("{} waits for its image, which is tried again: {}", id, e.getMessage());
            return !frontend.isWaiting(survivor);
        }
    }

    private void retry(Survivor survivor) {
        Duration pause = FIRST_PAUSE;
        try {
            do {
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            } while (frontend.isWaiting(survivor) && !isDone(survivor));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
