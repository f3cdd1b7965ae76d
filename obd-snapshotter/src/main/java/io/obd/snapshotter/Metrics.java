package io.obd.snapshotter;

import io.obd.snapshots.CallObserver;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.time.Duration;

/** What the snapshotter does, for Prometheus over HTTP on all addresses: configuration key {@code exporterConfig}. */
final class Metrics implements CallObserver, AutoCloseable {
    private static final double FIRST_BUCKET = 0.0001;
    private static final int BUCKETS = 20;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Gauge alive = Gauge.builder()
            .name("is_alive")
            .help("1 while the snapshotter serves, 0 while it stops")
            .register(registry);

    /** A gauge, because a counter's name would have to end with _total, and dashboards know this one. */
    private final Gauge errors = Gauge.builder()
            .name("grpc_error_count")
            .help("calls that failed")
            .labelNames("function")
            .register(registry);

    private final Histogram latency = Histogram.builder()
            .name("grpc_latency_seconds")
            .help("duration of calls")
            .labelNames("function")
            .classicOnly()
            .classicExponentialUpperBounds(FIRST_BUCKET, 2, BUCKETS)
            .register(registry);

    private final HTTPServer server;

    private Metrics(Exporter exporter) throws IOException {
        server = HTTPServer.builder()
                .port(exporter.port())
                .metricsHandlerPath(exporter.path())
                .registry(registry)
                .buildAndStart();
    }

    /**
     * Where the series are served.
     *
     * @param path of the URL
     * @param port 0 for one that is free
     */
    record Exporter(String path, int port) {}

    /** @throws IOException naming the port, if it is taken */
    static Metrics serve(Exporter exporter) throws IOException {
        try {
            Metrics metrics = new Metrics(exporter);
            metrics.alive.set(1);
            return metrics;
        } catch (IOException e) {
            throw new IOException(
                    "exporterConfig.port: no figures at port " + exporter.port() + ": " + e.getMessage(), e);
        }
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void called(String function, Duration duration, boolean failed) {
        latency.labelValues(function).observe(duration.toNanos() / 1e9);
        if (failed) {
            errors.labelValues(function).inc();
        }
    }

    /** The snapshotter begins to stop. */
    void stopping() {
        alive.set(0);
    }

    @Override
    public void close() {
        server.close();
    }
}
