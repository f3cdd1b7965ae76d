package io.obd.nydussnapshotter;

import com.fasterxml.jackson.databind.JsonNode;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Reads of images by their size or time, as daemons count them.
 *
 * @param field of what a daemon says, a list with a number of reads for each bound
 * @param bounds largest value of each, but the last also has what is larger
 */
record ReadHistogram(String name, String help, String field, List<Long> bounds) {
    /** All of them, with the names and bounds of the original. */
    static final List<ReadHistogram> ALL = List.of(
            new ReadHistogram(
                    "nydusd_cumulative_read_block_bytes",
                    "sizes of reads, in KiB",
                    "block_count_read",
                    List.of(1L, 4L, 16L, 64L, 128L, 512L, 1024L, 2048L)),
            new ReadHistogram(
                    "nydusd_read_latency_microseconds",
                    "times of reads",
                    "read_latency_dist",
                    List.of(1L, 20L, 50L, 100L, 500L, 1000L, 2000L, 4000L)));

    /** The numbers of reads; none if the daemon counts otherwise. */
    List<Long> counts(JsonNode reads) {
        List<Long> counts =
                reads.path(field).valueStream().map(JsonNode::asLong).toList();
        return counts.size() == bounds.size() ? counts : List.of();
    }

    /**
     * What Prometheus collects.
     *
     * @param label of an image
     * @param images counts by image, asked at each collection
     */
    Collector collector(String label, Supplier<Map<String, List<Long>>> images) {
        return () -> {
            HistogramSnapshot.Builder snapshot =
                    HistogramSnapshot.builder().name(name).help(help);
            images.get().forEach((image, counts) -> snapshot.dataPoint(point(Labels.of(label, image), counts)));
            return snapshot.build();
        };
    }

    private HistogramSnapshot.HistogramDataPointSnapshot point(Labels labels, List<Long> counts) {
        double[] upper = new double[bounds.size() + 1];
        long[] reads = new long[bounds.size() + 1];
        double sum = 0;
        Arrays.fill(upper, Double.POSITIVE_INFINITY);
        for (int i = 0; i < bounds.size(); i++) {
            upper[i] = bounds.get(i);
            reads[i] = counts.get(i);
            sum += upper[i] * reads[i];
        }
        return HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .labels(labels)
                .classicHistogramBuckets(ClassicHistogramBuckets.of(upper, reads))
                .sum(sum)
                .build();
    }
}
