package io.obd.tcmu;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether the daemon does what it is there for. */
final class Health {
    static final String OK = "ok";

    /** What a request may exceed its time limit by, before it is clear that nobody ends it. */
    private static final Duration SLACK = Duration.ofSeconds(15);

    private static final Duration START_OF_A_THREAD = Duration.ofSeconds(10);

    private final DeviceFrontend frontend;
    private final Duration ioTimeout;

    Health(DeviceFrontend frontend, Duration ioTimeout) {
        this.frontend = frontend;
        this.ioTimeout = ioTimeout;
    }

    /** Each thing that was looked at, with {@value #OK} or what is wrong with it. */
    Map<String, String> check() {
        Map<String, String> findings = new LinkedHashMap<>();
        findings.put("frontend", frontend.isServing() ? OK : "the kernel does not ask this process any more");
        Duration tooLong = ioTimeout.plus(SLACK);
        int stuck = frontend.waiting(tooLong);
        findings.put(
                "requests",
                stuck == 0 ? OK : stuck + " have had no answer for more than " + tooLong.toSeconds() + " s");
        findings.put("threads", threadsRun() ? OK : "no virtual thread was run within " + START_OF_A_THREAD);
        return findings;
    }

    static boolean isGood(Map<String, String> findings) {
        return findings.values().stream().allMatch(OK::equals);
    }

    /** If the threads that carry virtual ones are all held by something, no request ends. */
    private static boolean threadsRun() {
        CountDownLatch ran = new CountDownLatch(1);
        Thread.ofVirtual().name("health").start(ran::countDown);
        try {
            return ran.await(START_OF_A_THREAD.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
