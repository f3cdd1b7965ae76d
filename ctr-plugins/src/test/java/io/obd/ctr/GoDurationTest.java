package io.obd.ctr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class GoDurationTest {
    private final GoDuration durations = new GoDuration();

    @Test
    void readsWhatGoReads() {
        assertThat(durations.convert("0")).isZero();
        assertThat(durations.convert("90s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(durations.convert("1h2m3.5s")).isEqualTo(Duration.ofMillis(3_723_500));
        assertThat(durations.convert("20ms")).isEqualTo(Duration.ofMillis(20));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "5s5", "-1s", "1d", "99999999999999h"})
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> durations.convert(text)).isInstanceOf(TypeConversionException.class);
    }
}
