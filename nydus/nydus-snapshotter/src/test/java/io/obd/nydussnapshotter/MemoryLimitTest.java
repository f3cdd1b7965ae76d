package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryLimitTest {
    @ParameterizedTest
    @CsvSource({
        "209715200, 209715200",
        "100B, 100",
        "200MiB, 209715200",
        "200Mi, 209715200",
        "1.5GiB, 1610612736",
        "10%, 100",
        ".5Ki, 512"
    })
    void anAmountIsReadWithItsUnit(String text, long bytes) {
        assertThat(MemoryLimit.parse(text, 1000)).hasValue(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"much", "10MB", "-1", "0", "1e9", "10 %%", "200%", "0%", "999999999999999999PiB", "."})
    void whatIsNoAmountIsRefused(String text) {
        assertThat(MemoryLimit.parse(text, 1000)).isEmpty();
    }

    @Test
    void thisMachineHasMemory() {
        assertThat(MemoryLimit.ofThisMachine()).isPositive();
    }
}
