package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

class FailureLogTest {
    private final FailureLog log = new FailureLog(NOPLogger.NOP_LOGGER);

    @Test
    void ofManyFailuresAtOnceOnlyTheFirstAreListed() {
        long now = System.nanoTime();

        assertThat(IntStream.range(0, 1000).filter(i -> log.mayWrite(now)).count())
                .isEqualTo(20);
    }

    @Test
    void laterFailuresAreListedAgain() {
        long now = System.nanoTime();
        IntStream.range(0, 1000).forEach(i -> log.mayWrite(now));

        assertThat(log.mayWrite(now + Duration.ofSeconds(11).toNanos())).isTrue();
    }
}
