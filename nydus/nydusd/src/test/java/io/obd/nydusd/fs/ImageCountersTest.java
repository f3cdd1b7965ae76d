package io.obd.nydusd.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.fuse.FuseObserver;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageCountersTest {
    @Test
    void filesThatAreOpenAreCountedAlsoAfterOnesOfTheDaemonBefore() {
        ImageCounters counters = new ImageCounters(false, false, false);
        counters.answered(FuseObserver.Kind.RELEASE, false);
        counters.answered(FuseObserver.Kind.OPEN, false);
        counters.answered(FuseObserver.Kind.OPEN, true);
        counters.answered(FuseObserver.Kind.OPEN, false);

        assertThat(counters.summary("x")).containsEntry("nr_opens", 2L);
    }

    @Test
    void filesThatWereReadLatelyAreInRangesAndToldOnce() {
        ImageCounters counters = new ImageCounters(false, false, true);
        for (long file : List.of(40L, 1L, 2L, 9L, 3L, 41L)) {
            counters.read(file, 1, 1000, false);
        }

        assertThat(counters.latest()).containsExactly(List.of(1L, 3L), List.of(9L), List.of(40L, 41L));
        assertThat(counters.latest()).isEmpty();
    }

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
