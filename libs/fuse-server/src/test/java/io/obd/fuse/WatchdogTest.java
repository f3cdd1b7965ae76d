package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

class WatchdogTest {
    @Test
    void aDefectDoesNotEndIt() throws InterruptedException {
        CountDownLatch looked = new CountDownLatch(2);
        Set<DataRequest> underWay = new AbstractSet<>() {
            @Override
            public Iterator<DataRequest> iterator() {
                looked.countDown();
                if (looked.getCount() > 0) {
                    throw new IllegalStateException("a test");
                }
                return Collections.emptyIterator();
            }

            @Override
            public int size() {
                return 0;
            }
        };
        Thread thread = Thread.ofPlatform()
                .daemon()
                .start(new Watchdog(underWay, Duration.ofMillis(1), new FailureLog(NOPLogger.NOP_LOGGER)));

        assertThat(looked.await(10, TimeUnit.SECONDS)).isTrue();
        thread.interrupt();
        thread.join();
    }
}
