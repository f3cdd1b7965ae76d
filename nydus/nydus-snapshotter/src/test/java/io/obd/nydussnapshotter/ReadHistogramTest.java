package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReadHistogramTest {
    private static final ReadHistogram LATENCY = ReadHistogram.ALL.getLast();
    private static final String IMAGE = "reg.example/app:v1";

    @Test
    void readsAreServedByTheBoundsOfTheOriginal() {
        List<Long> counts = List.of(1L, 2L, 0L, 0L, 0L, 0L, 0L, 4L);

        HistogramSnapshot snapshot = (HistogramSnapshot)
                LATENCY.collector("image_ref", () -> Map.of(IMAGE, counts)).collect();

        assertThat(snapshot.getMetadata().getName()).isEqualTo("nydusd_read_latency_microseconds");
        HistogramDataPointSnapshot point = snapshot.getDataPoints().getFirst();
        assertThat(point.getLabels().get("image_ref")).isEqualTo(IMAGE);
        ClassicHistogramBuckets buckets = point.getClassicBuckets();
        assertThat(buckets.size()).isEqualTo(9);
        assertThat(buckets.getUpperBound(1)).isEqualTo(20);
        assertThat(buckets.getCount(1)).isEqualTo(2);
        assertThat(buckets.getUpperBound(7)).isEqualTo(4000);
        assertThat(buckets.getCount(7)).isEqualTo(4);
        assertThat(buckets.getCount(8)).isZero();
        assertThat(point.getCount()).isEqualTo(7);
        assertThat(point.getSum()).isEqualTo(1 + 2 * 20 + 4 * 4000);
    }

    @Test
    void aDaemonThatCountsOtherwiseIsLeftOut() throws Exception {
        ObjectMapper json = new ObjectMapper();

        assertThat(LATENCY.counts(json.readTree("{\"read_latency_dist\":[1,2]}")))
                .isEmpty();
        assertThat(LATENCY.counts(json.readTree("{}"))).isEmpty();
        assertThat(LATENCY.counts(json.readTree("{\"read_latency_dist\":[1,2,3,4,5,6,7,8]}")))
                .hasSize(8);
    }
}
