package io.obd.nydusd;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportsTest {
    /** What the nydusctl of the originals reads; it ends with an error at the form with T and Z. */
    @ParameterizedTest
    @CsvSource({
        "2026-01-02T03:04:05.678Z, 2026-01-02 03:04:05.678 +00:00:00",
        "2026-01-02T03:04:05.000000009Z, 2026-01-02 03:04:05.000000009 +00:00:00",
        "2026-01-02T03:04:05Z, 2026-01-02 03:04:05.0 +00:00:00",
    })
    void timesHaveTheFormOfTheOriginals(Instant time, String text) {
        assertThat(Reports.time(time)).isEqualTo(text);
    }
}
