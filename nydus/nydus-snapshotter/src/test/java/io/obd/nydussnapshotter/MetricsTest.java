package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
    @TempDir
    Path dir;

    @Test
    void whatHappenedIsServedUnderTheNamesOfTheOriginal() throws Exception {
        Files.writeString(dir.resolve("1".repeat(64) + ".blob.data"), "data");
        Metrics metrics = new Metrics();
        metrics.watch(List::of, new BlobCache(dir));
        metrics.called("Prepare", Duration.ofMillis(3), false);
        metrics.happened("START");
        metrics.collected(2);

        try (HTTPServer server = metrics.serve(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = URI.create("http://127.0.0.1:" + server.getPort() + "/v1/metrics");
            String text = client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString())
                    .body();

            assertThat(text)
                    .contains(
                            "snapshotter_snapshot_operation_elapsed_milliseconds_bucket{snapshot_operation=\"prepare\",le=\"5.0\"}"
                                    + " 1",
                            "nydusd_lifetime_event_counts{event=\"START\"} 1.0",
                            "snapshotter_cache_blobs_deleted_total 2.0",
                            "nydusd_counts 0.0",
                            "snapshotter_cache_usage_kilobytes ",
                            "snapshotter_memory_usage_kilobytes ",
                            "snapshotter_fd_counts ");
        }
    }
}
