package io.obd.fuse;

import io.obd.linux.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers EIO to every request whose time is up. The thread that works on it is left alone, since interrupting it
 * would close the files it reads from; it ends when its source does, and what it then brings is dropped.
 */
final class Watchdog implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

    private final Set<DataRequest> underWay;
    private final Duration limit;
    private final FailureLog failures;
    private final ByteBuffer answer =
            ByteBuffer.allocateDirect(OutHeader.LENGTH).order(ByteOrder.nativeOrder());

    Watchdog(Set<DataRequest> underWay, Duration limit, FailureLog failures) {
        this.underWay = underWay;
        this.limit = limit;
        this.failures = failures;
    }

    @Override
    public void run() {
        // A twentieth of the limit: close enough to it, and nothing to notice in a minute.
        Duration pause = limit.dividedBy(20).plusMillis(1);
        try {
            while (true) {
                Thread.sleep(pause);
                checkAll(System.nanoTime() - limit.toNanos());
            }
        } catch (InterruptedException e) {
            log.debug("the mount is gone");
        }
    }

    private void checkAll(long begunBefore) {
        try {
            check(begunBefore);
        } catch (RuntimeException | Error e) { // the edge of the thread: who waits later must get an answer
            log.error("looking for requests whose time is up failed", e);
        }
    }

    private void check(long begunBefore) {
        for (DataRequest request : underWay) {
            DataRequest.Claim claim = request.claimIfOlderThan(begunBefore);
            if (claim.channel() != null) {
                failures.note(
                        claim.request(), "no answer within " + limit.toMillis() / 1000.0 + " seconds, gave EIO", null);
                Answer.error(claim.channel(), claim.unique(), answer, Errno.EIO.number());
            }
        }
    }
}
