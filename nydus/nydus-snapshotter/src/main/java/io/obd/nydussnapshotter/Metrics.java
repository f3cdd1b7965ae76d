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
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the snapshotter and its daemons do, for Prometheus over HTTP at {@code /v1/metrics}. */
final class Metrics implements CallObserver, DaemonEvents {
    private static final Logger LOG = LoggerFactory.getLogger(Metrics.class);

    private static final String PATH = "/v1/metrics";
    private static final String IMAGE = "image_ref";
    private static final String DAEMON = "daemon_id";
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

    private final Counter deletionErrors = Counter.builder()
            .name("snapshotter_cache_blob_deletion_errors_total")
            .help("files of the cache that could not be removed")
            .register(registry);

    private final Gauge blobsInUse = Gauge.builder()
            .name("snapshotter_cache_blobs_in_use")
            .help("blobs that daemons used when the cache was tidied up last")
            .register(registry);

    private final Counter renewals = Counter.builder()
            .name("snapshotter_credential_renewals_total")
            .help("attempts to tell a daemon new credentials")
            .labelNames(IMAGE, "result")
            .register(registry);

    /** A gauge, because a counter's name would have to end with _total, and dashboards know this one. */
    private final Gauge events = Gauge.builder()
            .name("nydusd_lifetime_event_counts")
            .help("starts and ends of daemons")
            .labelNames("nydusd_event")
            .register(registry);

    private final Gauge processors = Gauge.builder()
            .name("snapshotter_cpu_usage_percentage")
            .help("processor time between the last two looks, of one processor")
            .register(registry);

    private final long start = System.nanoTime();
    private double usedSeconds;
    private long lookedAt = start;

    /** Nothing is served before {@link #serve}. */
    Metrics() {
        gauge("snapshotter_run_time_seconds", "time since the start", () -> (System.nanoTime() - start) / 1e9);
        gauge("snapshotter_memory_usage_kilobytes", "resident memory", () -> own().residentKilobytes());
        gauge("snapshotter_fd_counts", "open files", Metrics::openFiles);
        gauge("snapshotter_thread_counts", "threads", () -> own().threads());
        gauge("snapshotter_cpu_user_time_seconds", "processor time of the program", () -> own().userSeconds());
        gauge(
                "snapshotter_cpu_system_time_seconds",
                "processor time of the kernel for it",
                () -> own().systemSeconds());
    }

    private static ProcessUsage own() throws IOException {
        return ProcessUsage.of(ProcessHandle.current().pid());
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

    /** To be called again and again: looks how busy this process has been since the last time. */
    void look() throws IOException {
        double seconds = own().seconds();
        long now = System.nanoTime();
        processors.set((seconds - usedSeconds) * 100e9 / (now - lookedAt));
        usedSeconds = seconds;
        lookedAt = now;
    }

    /** Adds the figures of the daemons and the cache. */
    void watch(Supplier<Collection<Daemon>> daemons, BlobCache cache) {
        gauge(
                "snapshotter_cache_usage_kilobytes",
                "disk space of the cache",
                () -> cache.size(Optional.empty()) / 1024.0);
        each(
                "nydusd_counts",
                "daemons that run",
                List.of("version"),
                callback -> running(daemons)
                        .collect(Collectors.groupingBy(Daemon::version, Collectors.counting()))
                        .forEach((version, count) -> callback.call(count, version)));
        each(
                "nydusd_rss_kilobytes",
                "resident memory of a daemon",
                List.of(DAEMON),
                callback -> running(daemons)
                        .forEach(daemon -> daemon.process().ifPresent(process -> {
                            try {
                                callback.call(ProcessUsage.of(process.pid()).residentKilobytes(), daemon.id());
                            } catch (IOException e) {
                                LOG.debug("nydusd {} has just ended: {}", daemon.id(), e.getMessage());
                            }
                        })));
        each(
                "nydusd_image_info",
                "which images a daemon serves",
                List.of(DAEMON, IMAGE),
                callback -> daemons.get()
                        .forEach(daemon -> daemon.instances().stream()
                                .map(RafsInstance::image)
                                .distinct()
                                .forEach(image -> callback.call(1, daemon.id(), image))));
    }

    private static Stream<Daemon> running(Supplier<Collection<Daemon>> daemons) {
        return daemons.get().stream().filter(daemon -> daemon.process().isPresent());
    }

    /** Adds what daemons say of themselves. */
    void watch(DaemonFigures figures) {
        gauge("nydusd_hung_io_counts", "reads that have had no answer for too long", figures::hungReads);
        for (int i = 0; i < ImageSeries.ALL.size(); i++) {
            ImageSeries series = ImageSeries.ALL.get(i);
            int index = i;
            each(
                    series.name(),
                    series.help(),
                    List.of(IMAGE),
                    callback -> figures.images().forEach((image, values) -> callback.call(values.get(index), image)));
        }
        for (ReadHistogram histogram : ReadHistogram.ALL) {
            registry.register(histogram.collector(IMAGE, () -> figures.reads(histogram)));
        }
    }

    /** Adds the images whose daemons have been told credentials. */
    void watch(Renewal renewal) {
        each(
                "snapshotter_credential_store_entries",
                "images whose daemons have been told credentials",
                List.of(IMAGE),
                callback -> renewal.images().forEach(image -> callback.call(1, image)));
    }

    private void each(String name, String help, List<String> labels, Consumer<GaugeWithCallback.Callback> callback) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames(labels.toArray(String[]::new))
                .callback(callback)
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
        calls.labelValues(function.toUpperCase(Locale.ROOT)).observe(duration.toNanos() / 1e6);
    }

    @Override
    public void happened(String event) {
        events.labelValues(event).inc();
    }

    /** The cache was tidied up. */
    void collected(BlobCache.Collected collected) {
        blobsInUse.set(collected.used());
        deleted.inc(collected.removed());
        deletionErrors.inc(collected.failed());
    }

    /** A daemon was told new credentials for an image, or could not be. */
    void renewed(String image, boolean succeeded) {
        renewals.labelValues(image, succeeded ? "success" : "failure").inc();
    }
}
