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
import java.time.InstantSource;
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
        metrics.happened("RUNNING");
        metrics.collected(new BlobCache.Collected(3, 2, 1));
        metrics.renewed("reg.example/app:v1", false);
        metrics.watch(new DaemonFigures(List::of, Duration.ofSeconds(10), InstantSource.system()));
        metrics.look();

        try (HTTPServer server = metrics.serve(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = URI.create("http://127.0.0.1:" + server.getPort() + "/v1/metrics");
            String text = client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString())
                    .body();

            assertThat(text)
                    .contains(
                            "snapshotter_snapshot_operation_elapsed_milliseconds_bucket{snapshot_operation=\"PREPARE\",le=\"5.0\"}"
                                    + " 1",
                            "nydusd_lifetime_event_counts{nydusd_event=\"RUNNING\"} 1.0",
                            "snapshotter_cache_blobs_deleted_total 2.0",
                            "snapshotter_cache_blobs_in_use 3.0",
                            "snapshotter_cache_blob_deletion_errors_total 1.0",
                            "snapshotter_credential_renewals_total{image_ref=\"reg.example/app:v1\",result=\"failure\"} 1.0",
                            "nydusd_hung_io_counts 0.0",
                            "snapshotter_cpu_usage_percentage ",
                            "snapshotter_cpu_system_time_seconds ",
                            "snapshotter_cpu_user_time_seconds ",
                            "snapshotter_thread_counts ",
                            "snapshotter_cache_usage_kilobytes ",
                            "snapshotter_memory_usage_kilobytes ",
                            "snapshotter_fd_counts ");
        }
    }
}
