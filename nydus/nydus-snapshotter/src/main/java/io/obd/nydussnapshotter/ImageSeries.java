package io.obd.nydussnapshotter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A series with one value for each image, out of what its daemon says.
 *
 * @param value of the answers of a daemon
 */
record ImageSeries(String name, String help, ToDoubleFunction<Answers> value) {
    /** Where the API's arrays by operation count reads. */
    private static final int READ = 4;

    /** All of them, under the names of the original. */
    static final List<ImageSeries> ALL = List.of(
            read("total_read_bytes", "bytes that were read of the image", reads -> reads.path("data_read")),
            read("read_hits", "reads", reads -> reads.path("fop_hits").path(READ)),
            read(
                    "read_errors",
                    "reads that failed",
                    reads -> reads.path("fop_errors").path(READ)),
            cache("partial_hits", "reads of which a part was cached", "partial_hits"),
            cache("whole_hits", "reads that were cached as a whole", "whole_hits"),
            cache("total_requests", "reads that asked the cache", "total"),
            cache("entries_count", "chunks that are cached", "entries_count"),
            cache("prefetch_data_bytes", "bytes that were fetched ahead", "prefetch_data_amount"),
            cache("prefetch_requests_count", "requests that fetched ahead", "prefetch_requests_count"),
            cache("prefetch_workers", "threads that fetch ahead", "prefetch_workers"),
            cache("prefetch_unmerged_chunks", "chunks that were fetched ahead one by one", "prefetch_unmerged_chunks"),
            cache(
                    "prefetch_cumulative_time_millis",
                    "time of all requests that fetched ahead",
                    "prefetch_cumulative_time_millis"),
            new ImageSeries(
                    "nydusd_cache_prefetch_duration_millis",
                    "from the first to the last request that fetched ahead",
                    answers -> time(answers.cache(), "end") - time(answers.cache(), "begin")),
            cache("buffered_backend_size", "bytes that wait to be cached", "buffered_backend_size"));

    /**
     * What a daemon answers about an image.
     *
     * @param reads {@code /api/v1/metrics}
     * @param cache {@code /api/v1/metrics/blobcache}
     */
    record Answers(JsonNode reads, JsonNode cache) {}

    private interface Field {
        JsonNode of(JsonNode answer);
    }

    private static ImageSeries read(String name, String help, Field field) {
        return new ImageSeries(
                "nydusd_" + name, help, answers -> field.of(answers.reads()).asDouble());
    }

    private static ImageSeries cache(String name, String help, String field) {
        return new ImageSeries(
                "nydusd_cache_" + name,
                help,
                answers -> answers.cache().path(field).asDouble());
    }

    private static double time(JsonNode cache, String end) {
        String name = "prefetch_" + end + "_time_";
        return cache.path(name + "secs").asDouble() * 1000
                + cache.path(name + "millis").asDouble();
    }
}
