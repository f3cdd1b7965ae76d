package io.obd.nydusd.ctl;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the daemon answers as a text for a person, with the labels and columns of the original. */
final class Summary {
    private static final List<String> SIZES = List.of("<1K", "1K~", "4K~", "16K~", "64K~", "128K~", "512K~", "1M~");
    private static final List<String> TIMES =
            List.of("<1ms", "~20ms", "~50ms", "~100ms", "~500ms", "~1s", "~2s", "2s~");

    /** The kinds of requests, in the order in which the daemon counts them, and after how many a line ends. */
    private static final List<String> REQUESTS = List.of(
            "Getattr",
            "Readlink",
            "Open",
            "Release",
            "Read",
            "Statfs",
            "Getxattr",
            "Listxattr",
            "Opendir",
            "Lookup",
            "Readdir",
            "Readdirplus",
            "Access",
            "Forget",
            "BatchForget");

    private static final int REQUESTS_PER_LINE = 8;
    private static final int READ = REQUESTS.indexOf("Read");
    private static final int INFO_WIDTH = 24;
    private static final int CACHE_WIDTH = 28;
    private static final int BACKEND_WIDTH = 20;
    private static final int TABLE_WIDTH = 25;
    private static final int TIMES_WIDTH = 16;
    private static final int COLUMN = 8;
    private static final int DIGITS = 3;
    private static final double KIB = 1024;
    private static final double MIB = 1024 * 1024;
    private static final double MILLIS = 1000;

    private final StringBuilder text = new StringBuilder();

    private Summary() {}

    /** Of {@code /api/v1/daemon}. */
    static String info(JsonNode daemon) {
        JsonNode version = daemon.path("version");
        Summary summary = new Summary()
                .blank()
                .line(INFO_WIDTH, "Version:", version.path("package_ver"))
                .line(INFO_WIDTH, "Status:", daemon.path("state"))
                .line(INFO_WIDTH, "Profile:", version.path("profile"))
                .line(INFO_WIDTH, "Commit:", version.path("git_commit"));
        JsonNode images = daemon.path("backend_collection");
        if (!images.isEmpty()) {
            summary.line("Instances:");
        }
        images.properties().forEach(image -> summary.image(image.getKey(), image.getValue()));
        return summary.text.toString();
    }

    private void image(String mountPoint, JsonNode image) {
        JsonNode config = image.path("config");
        JsonNode prefetch = config.path("cache").path("prefetch");
        detail("Instance Mountpoint", mountPoint)
                .detail("Type", image.path("backend_type").asText())
                .detail("Mounted Time", image.path("mounted_time").asText())
                .detail("Mode", config.path("rafs").path("mode").asText())
                .detail("Prefetch", prefetch.path("enable").asText())
                .detail("Prefetch Merging Size", prefetch.path("batch_size").asText())
                .blank();
    }

    /** Of {@code /api/v1/metrics/blobcache}. */
    static String cache(JsonNode cache) {
        double bytes = cache.path("prefetch_data_amount").asDouble();
        long requests = cache.path("prefetch_requests_count").asLong();
        double seconds = time(cache, "prefetch_end_time") - time(cache, "prefetch_begin_time");
        double waited = cache.path("prefetch_cumulative_time_millis").asDouble() / MILLIS;
        return new Summary()
                .blank()
                .line(CACHE_WIDTH, "Partial Hits:", cache.path("partial_hits"))
                .line(CACHE_WIDTH, "Whole Hits:", cache.path("whole_hits"))
                .line(CACHE_WIDTH, "Total Read:", cache.path("total"))
                .line(CACHE_WIDTH, "Directory:", cache.path("store_path"))
                .line(CACHE_WIDTH, "Files:", cache.path("underlying_files"))
                .line(CACHE_WIDTH, "Persister Buffer:", cache.path("buffered_backend_size"))
                .blank()
                .line(CACHE_WIDTH, "Prefetch Workers:", cache.path("prefetch_workers"))
                .line(CACHE_WIDTH, "Prefetch Amount:", number(bytes) + " = " + number(bytes / KIB) + " KB")
                .line(CACHE_WIDTH, "Prefetch Requests:", requests)
                .line(CACHE_WIDTH, "Prefetch Average Size:", ratio((long) bytes, requests) + " Bytes")
                .line(CACHE_WIDTH, "Prefetch Duration:", number(seconds) + " Seconds")
                .line(CACHE_WIDTH, "Prefetch Bandwidth:", number(seconds > 0 ? bytes / MIB / seconds : 0) + " MB/S")
                .line(
                        CACHE_WIDTH,
                        "Prefetch Request Latency:",
                        number(requests > 0 ? waited / requests : 0) + " Seconds")
                .line(CACHE_WIDTH, "Prefetch Unmerged:", cache.path("prefetch_unmerged_chunks"))
                .text
                .toString();
    }

    private static double time(JsonNode cache, String name) {
        return cache.path(name + "_secs").asDouble()
                + cache.path(name + "_millis").asDouble() / MILLIS;
    }

    /** Of {@code /api/v1/metrics/backend}. */
    static String backend(JsonNode backend) {
        JsonNode bytes = backend.path("read_amount_total");
        return new Summary()
                .blank()
                .line(BACKEND_WIDTH, "Backend Type:", backend.path("backend_type"))
                .line(BACKEND_WIDTH, "Read Amount:", bytes + " Bytes (" + number(bytes.asDouble() / MIB) + " MB)")
                .line(BACKEND_WIDTH, "Read Count:", backend.path("read_count"))
                .line(BACKEND_WIDTH, "Read Errors:", backend.path("read_errors"))
                .blank()
                .row(TABLE_WIDTH, "Block Sizes:", SIZES)
                .row(TABLE_WIDTH, "Average Latency(millis):", averages(backend))
                .blank()
                .row(TABLE_WIDTH, "Block Sizes:", SIZES)
                .row(TABLE_WIDTH, "Request Count:", values(backend.path("read_count_block_size_dist")))
                .text
                .toString();
    }

    private static List<Long> averages(JsonNode backend) {
        JsonNode millis = backend.path("read_cumulative_latency_millis_dist");
        JsonNode reads = backend.path("read_count_block_size_dist");
        return indices()
                .map(i -> ratio(millis.path(i).asLong(), reads.path(i).asLong()))
                .toList();
    }

    /** What came between two answers of {@code /api/v1/metrics/backend}, so many seconds apart. */
    static String backend(JsonNode before, JsonNode after, int seconds) {
        long bytes = more(before, after, "/read_amount_total");
        long reads = more(before, after, "/read_count");
        long millis = more(before, after, "/read_cumulative_latency_millis_total");
        return new Summary()
                .blank()
                .line(">>> >>> >>> >>> >>>")
                .line(CACHE_WIDTH, "Backend Read Bandwidth:", (long) (bytes / KIB / seconds) + " KB/S")
                .line(CACHE_WIDTH, "Backend Average IO Size:", ratio(bytes, reads) + " Bytes")
                .line(CACHE_WIDTH, "Backend Average Latency:", ratio(millis, reads) + " millis")
                .blank()
                .line("Block Sizes/millis:")
                .row(0, "", SIZES)
                .row(
                        0,
                        "",
                        indices()
                                .map(i -> ratio(
                                        more(before, after, "/read_cumulative_latency_millis_dist/" + i),
                                        more(before, after, "/read_count_block_size_dist/" + i)))
                                .toList())
                .line("<<< <<< <<< <<< <<<")
                .text
                .toString();
    }

    /** None if the daemon has been started again. */
    private static long more(JsonNode before, JsonNode after, String place) {
        return Math.max(0, after.at(place).asLong() - before.at(place).asLong());
    }

    /** Of {@code /api/v1/metrics}. */
    static String requests(JsonNode counters) {
        long bytes = counters.path("data_read").asLong();
        Summary summary = new Summary()
                .blank()
                .row(TIMES_WIDTH, "Read Latency:", TIMES)
                .row(TIMES_WIDTH, "Reads Count:", values(counters.path("read_latency_dist")))
                .blank()
                .line("Read Errors: " + counters.path("fop_errors").path(READ))
                .line("Read Data: " + bytes + "Bytes (" + bytes / (long) MIB + "MB)")
                .blank()
                .line("FOP Counters:");
        JsonNode hits = counters.path("fop_hits");
        for (int i = 0; i < REQUESTS.size(); i++) {
            boolean last = i == REQUESTS.size() - 1 || i == REQUESTS_PER_LINE - 1;
            summary.text
                    .append(REQUESTS.get(i))
                    .append('(')
                    .append(hits.path(i))
                    .append(last ? ")\n" : ") ");
        }
        return summary.text.toString();
    }

    private Summary blank() {
        return line("");
    }

    private Summary line(String whole) {
        text.append(whole).append('\n');
        return this;
    }

    /** @param value shown with quotation marks if it is a text of the daemon's, as the original does */
    private Summary line(int width, String label, Object value) {
        return line(padded(label, width) + value);
    }

    private Summary row(int width, String label, List<?> columns) {
        String cells = columns.stream()
                .map(column -> padded(column.toString(), COLUMN))
                .collect(Collectors.joining());
        return line(width, label, cells);
    }

    private static String padded(String start, int width) {
        return start + " ".repeat(Math.max(0, width - start.length()));
    }

    private Summary detail(String label, String value) {
        return line("\t" + label + ":  " + value);
    }

    private static Stream<Integer> indices() {
        return IntStream.range(0, SIZES.size()).boxed();
    }

    private static List<Long> values(JsonNode numbers) {
        return numbers.valueStream().map(JsonNode::asLong).toList();
    }

    private static long ratio(long sum, long count) {
        return count == 0 ? 0 : sum / count;
    }

    /** With three digits of a fraction at most; the original shows all. */
    private static String number(double value) {
        return BigDecimal.valueOf(value)
                .setScale(DIGITS, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}
