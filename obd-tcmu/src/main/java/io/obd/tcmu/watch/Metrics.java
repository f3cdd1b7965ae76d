package io.obd.tcmu.watch;

import io.obd.blobstore.BlobEvents;
import io.obd.blobstore.CacheStats;
import io.obd.image.ServiceConfig;
import io.obd.registry.RegistryException;
import io.obd.registry.RequestObserver;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the backend does, for Prometheus: configuration key {@code exporterConfig}. The series of the original have its
 * names, {@code Throughtput} included; where it leaves labels out they are complete here.
 */
public final class Metrics implements DataPathWatch, RequestObserver, Closeable {
    /** 100 µs, and twice that, up to 105 s. */
    private static final double FIRST_BUCKET = 0.0001;

    private static final int BUCKETS = 21;
    private static final double NANOS_PER_SECOND = 1e9;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final RecentRates reads = new RecentRates();
    private final RecentRates downloads = new RecentRates();

    private final Histogram deviceReads = histogram("overlaybd_device_read_seconds", "duration of reads of devices");
    private final Histogram fetches =
            histogram("overlaybd_fetch_seconds", "duration of reads from registries, with their attempts");
    private final Histogram answers =
            histogram("overlaybd_registry_answer_seconds", "time until a registry or store begins to answer a request");
    private final Counter requests = Counter.builder()
            .name("overlaybd_registry_requests_total")
            .help("requests to registries, mirrors, stores and token services, by what they answered")
            .labelNames("host", "status")
            .register(registry);
    private final Counter unanswered = Counter.builder()
            .name("overlaybd_registry_unanswered_total")
            .help("requests that were not answered")
            .labelNames("host", "kind")
            .register(registry);
    private final Counter errors = Counter.builder()
            .name("overlaybd_fetch_errors_total")
            .help("reads from registries that failed after all attempts")
            .labelNames("kind", "status")
            .register(registry);
    private final Counter refused = Counter.builder()
            .name("overlaybd_failed_reads_total")
            .help("reads of layers that failed for who asked for them")
            .register(registry);
    private final Counter needed = Counter.builder()
            .name("overlaybd_read_bytes_total")
            .help("bytes of layers that devices needed, by where they were")
            .labelNames("source")
            .register(registry);
    private final CounterDataPoint fromFiles = needed.labelValues("local");
    private final CounterDataPoint fromCache = needed.labelValues("cache");
    private final CounterDataPoint fromRegistries = needed.labelValues("registry");
    private final Counter fetched = Counter.builder()
            .name("overlaybd_fetched_bytes_total")
            .help("bytes that came from registries, by what they were fetched for")
            .labelNames("purpose")
            .register(registry);
    private final CounterDataPoint fetchedForReads = fetched.labelValues("reads");
    private final CounterDataPoint fetchedToKeep = fetched.labelValues("download");

    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable HTTPServer server;

    private Histogram histogram(String name, String help) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .classicOnly()
                .classicExponentialUpperBounds(FIRST_BUCKET, 2, BUCKETS)
                .register(registry);
    }

    /** What the daemon can say about itself at any time. */
    public interface Daemon {
        /** Devices that are attached. */
        int devices();

        /** Reads and writes of devices that have waited for longer than this. */
        int waiting(Duration longerThan);
    }

    /**
     * Serves the series over HTTP.
     *
     * @throws IOException if it cannot listen there
     */
    public void serve(ServiceConfig.Exporter exporter, Supplier<CacheStats> cache, Daemon daemon) throws IOException {
        addOriginals();
        gauge("overlaybd_devices", "devices that are attached", daemon::devices);
        gauge(
                "overlaybd_hung_requests",
                "reads and writes of devices that have waited for more than 10 s",
                () -> daemon.waiting(Duration.ofSeconds(10)));
        gauge(
                "overlaybd_cache_bytes",
                "bytes that the cache holds",
                () -> cache.get().bytesCached());
        counter(
                "overlaybd_cache_hits_total",
                "pieces of reads that the cache answered",
                () -> cache.get().hits());
        counter(
                "overlaybd_cache_misses_total",
                "pieces of reads that had to wait for a registry",
                () -> cache.get().misses());
        counter(
                "overlaybd_cache_evictions_total",
                "files that the cache removed",
                () -> cache.get().evictions());
        server = HTTPServer.builder()
                .hostname(exporter.address())
                .port(exporter.port())
                .metricsHandlerPath(exporter.uriPrefix())
                .registry(registry)
                .buildAndStart();
        Thread.ofVirtual().name("metrics").start(() -> turnUntilClosed(exporter.updateInterval()));
    }

    private void addOriginals() {
        gauge("OverlayBD_Alive", "1 while the backend serves", () -> 1);
        byNode(
                "OverlayBD_Read_Throughtput",
                "bytes per second in the last interval",
                rates -> rates.last().bytesPerSecond());
        byNode(
                "OverlayBD_QPS",
                "reads per second in the last interval",
                rates -> rates.last().readsPerSecond());
        byNode(
                "OverlayBD_MaxLatency",
                "microseconds that the slowest read of the last interval took",
                rates -> rates.last().slowestNanos() / 1000.0);
        GaugeWithCallback.builder()
                .name("OverlayBD_Count")
                .help("bytes since the start")
                .labelNames("node", "type")
                .callback(series -> nodes().forEach((node, rates) -> series.call((double) rates.total(), node, node)))
                .register(registry);
    }

    /** {@code pread}: at the cache; {@code download}: at the registry. */
    private Map<String, RecentRates> nodes() {
        return Map.of("pread", reads, "download", downloads);
    }

    private interface Figure {
        double of(RecentRates rates);
    }

    private void byNode(String name, String help, Figure figure) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("node", "type", "mode")
                .callback(series -> nodes().forEach((node, rates) -> series.call(figure.of(rates), node, node, "read")))
                .register(registry);
    }

    private void gauge(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(series -> series.call(value.getAsDouble()))
                .register(registry);
    }

    private void counter(String name, String help, DoubleSupplier value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(series -> series.call(value.getAsDouble()))
                .register(registry);
    }

    private void turnUntilClosed(Duration interval) {
        try {
            while (!closed.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                reads.turn(interval);
                downloads.turn(interval);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where it listens. */
    public int port() {
        HTTPServer running = server;
        if (running == null) {
            throw new IllegalStateException("nothing is served");
        }
        return running.getPort();
    }

    @Override
    public BlobEvents layers(Place place) {
        return switch (place) {
            case LOCAL -> new Layers(fromFiles, fetchedForReads);
            case REMOTE -> new Layers(fromCache, fetchedForReads);
            case DOWNLOAD -> new Kept();
        };
    }

    private class Layers implements BlobEvents {
        private final CounterDataPoint onThisHost;
        private final CounterDataPoint fetchedHere;

        Layers(CounterDataPoint onThisHost, CounterDataPoint fetchedHere) {
            this.onThisHost = onThisHost;
            this.fetchedHere = fetchedHere;
        }

        @Override
        public void hit(String blob, long offset, int bytes, long nanos) {
            onThisHost.inc(bytes);
            reads.add(bytes, nanos);
        }

        @Override
        public void missed(String blob, long offset, int bytes, long nanos) {
            fromRegistries.inc(bytes);
            reads.add(bytes, nanos);
        }

        @Override
        public void fetched(String blob, long offset, long bytes, long nanos) {
            fetchedHere.inc(bytes);
            downloads.add(bytes, nanos);
            fetches.observe(nanos / NANOS_PER_SECOND);
        }

        @Override
        public void failed(String blob, long offset, IOException reason) {
            if (reason instanceof RegistryException failure) {
                String status = failure.status() == 0 ? "" : Integer.toString(failure.status());
                errors.labelValues(RequestObserver.kind(failure), status).inc();
            } else {
                errors.labelValues("other", "").inc();
            }
        }

        @Override
        public void refused(String blob, long offset, IOException reason) {
            refused.inc();
        }
    }

    /** What is read to be kept is needed by no device. */
    private final class Kept extends Layers {
        Kept() {
            super(fromCache, fetchedToKeep);
        }

        @Override
        public void hit(String blob, long offset, int bytes, long nanos) {
            // The cache had it: nothing was fetched.
        }

        @Override
        public void missed(String blob, long offset, int bytes, long nanos) {
            // Counted as fetched.
        }
    }

    @Override
    public void read(long nanos) {
        deviceReads.observe(nanos / NANOS_PER_SECOND);
    }

    @Override
    public void answered(String host, int status, long nanos) {
        requests.labelValues(host, Integer.toString(status)).inc();
        answers.observe(nanos / NANOS_PER_SECOND);
    }

    @Override
    public void unanswered(String host, RegistryException reason) {
        unanswered.labelValues(host, RequestObserver.kind(reason)).inc();
    }

    @Override
    public void close() {
        closed.countDown();
        HTTPServer running = server;
        if (running != null) {
            running.close();
        }
    }
}
