package io.obd.nydussnapshotter;

import io.obd.snapshots.CallObserver;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the snapshotter and its daemons do, for Prometheus over HTTP at {@code /v1/metrics}. */
final class Metrics implements CallObserver, DaemonEvents {
    private static final Logger LOG = LoggerFactory.getLogger(Metrics.class);

    private static final String PATH = "/v1/metrics";
    private static final double[] MILLISECONDS = {0.5, 1, 5, 10, 50, 100, 150, 200, 250, 300, 350, 400, 600, 1000};

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Histogram calls = Histogram.builder()
            .name("snapshotter_snapshot_operation_elapsed_milliseconds")
            .help("duration of calls")
            .labelNames("snapshot_operation")
            .classicOnly()
            .classicUpperBounds(MILLISECONDS)
            .register(registry);

    private final Counter deleted = Counter.builder()
            .name("snapshotter_cache_blobs_deleted_total")
            .help("blobs that were removed from the cache")
            .register(registry);

    /** A gauge, because a counter's name would have to end with _total, and dashboards know this one. */
    private final Gauge events = Gauge.builder()
            .name("nydusd_lifetime_event_counts")
            .help("starts and ends of daemons")
            .labelNames("event")
            .register(registry);

    /** Nothing is served before {@link #serve}. */
    Metrics() {
        long start = System.nanoTime();
        gauge("snapshotter_run_time_seconds", "time since the start", () -> (System.nanoTime() - start) / 1e9);
        gauge(
                "snapshotter_memory_usage_kilobytes",
                "resident memory",
                () -> rss(ProcessHandle.current().pid()));
        gauge("snapshotter_fd_counts", "open files", Metrics::openFiles);
        gauge("snapshotter_thread_counts", "threads of the JVM", Thread::activeCount);
        gauge(
                "snapshotter_cpu_user_time_seconds",
                "processor time, all of it",
                () -> ProcessHandle.current()
                                .info()
                                .totalCpuDuration()
                                .orElse(Duration.ZERO)
                                .toMillis()
                        / 1e3);
    }

    private interface Figure {
        double value() throws IOException;
    }

    private void gauge(String name, String help, Figure figure) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> {
                    try {
                        callback.call(figure.value());
                    } catch (IOException e) {
                        LOG.debug("{}: {}", name, e.getMessage());
                    }
                })
                .register(registry);
    }

    private static double openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    /** Resident memory of a process in KB. */
    private static double rss(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("[^0-9]", ""));
            }
        }
        return 0;
    }

    /** Adds the figures of the daemons and the cache. */
    void watch(Supplier<Collection<Daemon>> daemons, BlobCache cache) {
        gauge(
                "snapshotter_cache_usage_kilobytes",
                "disk space of the cache",
                () -> cache.size(Optional.empty()) / 1024.0);
        gauge(
                "nydusd_counts",
                "daemons that run",
                () -> daemons.get().stream()
                        .filter(daemon -> daemon.process().isPresent())
                        .count());
        GaugeWithCallback.builder()
                .name("nydusd_rss_kilobytes")
                .help("resident memory of a daemon")
                .labelNames("daemon_id")
                .callback(callback -> daemons.get()
                        .forEach(daemon -> daemon.process().ifPresent(process -> {
                            try {
                                callback.call(rss(process.pid()), daemon.id());
                            } catch (IOException e) {
                                LOG.debug("nydusd {} has just ended: {}", daemon.id(), e.getMessage());
                            }
                        })))
                .register(registry);
        GaugeWithCallback.builder()
                .name("nydusd_image_info")
                .help("which images a daemon serves")
                .labelNames("daemon_id", "image_ref")
                .callback(callback -> daemons.get()
                        .forEach(daemon -> daemon.instances().stream()
                                .map(RafsInstance::image)
                                .distinct()
                                .forEach(image -> callback.call(1, daemon.id(), image))))
                .register(registry);
    }

    /**
     * Serves.
     *
     * @return the server, to be closed
     */
    HTTPServer serve(InetSocketAddress address) throws IOException {
        return HTTPServer.builder()
                .inetAddress(address.getAddress())
                .port(address.getPort())
                .metricsHandlerPath(PATH)
                .registry(registry)
                .buildAndStart();
    }

    @Override
    public void called(String function, Duration duration, boolean failed) {
        calls.labelValues(function.toLowerCase(Locale.ROOT)).observe(duration.toNanos() / 1e6);
    }

    @Override
    public void happened(String event) {
        events.labelValues(event).inc();
    }

    /** Blobs were removed from the cache. */
    void collected(int blobs) {
        deleted.inc(blobs);
    }
}
