package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestartsTest {
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofMinutes(2);

    private final Restarts restarts = new Restarts();

    @Test
    void aDaemonThatDiesAgainAndAgainIsLeftAlone() {
        for (int i = 0; i < 5; i++) {
            assertThat(restarts.mayFollow(SHORT)).isTrue();
        }
        assertThat(restarts.mayFollow(SHORT)).isFalse();
    }

    @Test
    void oneThatLivedLongStartsTheCountAnew() {
        for (int i = 0; i < 5; i++) {
            restarts.mayFollow(SHORT);
        }

        assertThat(restarts.mayFollow(LONG)).isTrue();
        assertThat(restarts.mayFollow(SHORT)).isTrue();
    }
}
