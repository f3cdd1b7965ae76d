package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MetricsTest {
    @Test
    void callsAreCountedUnderTheNamesOfTheOriginal() throws Exception {
        try (Metrics metrics = Metrics.serve(new Metrics.Exporter("/figures", 0))) {
            metrics.called("Prepare", Duration.ofMillis(3), false);
            metrics.called("Prepare", Duration.ofMillis(30), true);
            assertThat(get(metrics))
                    .contains("is_alive 1.0")
                    .contains("grpc_error_count{function=\"Prepare\"} 1.0")
                    .contains("grpc_latency_seconds_bucket{function=\"Prepare\",le=\"0.0032\"} 1")
                    .contains("grpc_latency_seconds_count{function=\"Prepare\"} 2");
            metrics.stopping();
            assertThat(get(metrics)).contains("is_alive 0.0");
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        try (Metrics first = Metrics.serve(new Metrics.Exporter("/figures", 0))) {
            assertThatThrownBy(() -> Metrics.serve(new Metrics.Exporter("/figures", first.port())))
                    .isInstanceOf(IOException.class)
                    .hasMessage("exporterConfig.port: no figures at port " + first.port() + ": Address already in use");
        }
    }

    private static String get(Metrics metrics) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + metrics.port() + "/figures");
            return client.send(
                            HttpRequest.newBuilder(uri)
                                    .header("Accept", "application/vnd.google.protobuf,text/plain;q=0.5")
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
