package io.obd.nydusd.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageCountersTest {
    @Test
    void ofAFileTheReadsAreAmongAllKindsOfRequests() {
        ImageCounters counters = new ImageCounters(true, false, false);
        counters.read(7, 100, 1000, false);
        counters.read(7, 100, 1000, false);
        counters.read(7, 0, 1000, true);

        assertThat(counters.perFile())
                .containsOnly(Map.entry(
                        "7",
                        Map.of(
                                "total_fops", 3L,
                                "data_read", 200L,
                                "block_count_read", List.of(2L, 0L, 0L, 0L, 0L, 0L, 0L, 0L),
                                "fop_hits", List.of(0L, 0L, 0L, 0L, 2L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L),
                                "fop_errors", List.of(0L, 0L, 0L, 0L, 1L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L))));
    }
}
