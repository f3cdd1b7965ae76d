package io.obd.tcmu;

import io.obd.blobstore.Evictions;
import io.obd.image.RegistryBlobs;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.linux.Reason;
import io.obd.tcmu.download.ImageDownloads;
import io.obd.tcmu.trace.ImageTraces;
import io.obd.tcmu.watch.AuditLog;
import io.obd.tcmu.watch.DataPathWatch;
import io.obd.tcmu.watch.Metrics;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon with all that its configuration asks for around it: registries, metrics, an audit log, systemd. */
final class Service implements Closeable {
    /** The cache keeps so many pieces in one file. */
    private static final int GRANULES_OF_A_FILE = 64;

    private static final Logger log = LoggerFactory.getLogger(Service.class);

    private final @Nullable AuditLog audit;
    private final Metrics metrics;
    private final RegistryBlobs blobs;
    private final Daemon daemon;
    private final ServiceManager manager;

    private Service(
            @Nullable AuditLog audit, Metrics metrics, RegistryBlobs blobs, Daemon daemon, ServiceManager manager) {
        this.audit = audit;
        this.metrics = metrics;
        this.blobs = blobs;
        this.daemon = daemon;
        this.manager = manager;
    }

    /**
     * Returns when devices can be attached.
     *
     * @param environment of this process
     */
    static Service start(ServiceConfig config, Map<String, String> environment) throws IOException {
        long cachedFiles = config.cache().sizeLimit() / config.cache().refillSize() / GRANULES_OF_A_FILE;
        new ResourceLimits(Path.of("/"))
                .warnings(cachedFiles, Runtime.getRuntime().maxMemory())
                .forEach(log::warn);
        AuditLog audit = audit(config);
        try {
            return start(config, environment, audit);
        } catch (IOException | RuntimeException e) {
            try (audit) {
                throw e;
            }
        }
    }

    private static Service start(ServiceConfig config, Map<String, String> environment, @Nullable AuditLog audit)
            throws IOException {
        Metrics metrics = new Metrics();
        DataPathWatch watch = audit == null ? metrics : metrics.and(audit);
        SharedMirrors mirrors = new SharedMirrors();
        RememberedCredentials credentials =
                new RememberedCredentials(RegistryBlobs.credentials(config.credentials()), InstantSource.system());
        RegistryBlobs blobs =
                RegistryBlobs.open(config, credentials, mirrors, audit == null ? Evictions.UNNOTICED : audit, metrics);
        ImageSource images = new RegistryImages(
                RegistryImages.of(blobs),
                new ImageTraces(config.prefetchConcurrency()),
                new ImageDownloads(config.download()),
                watch);
        Daemon daemon;
        try {
            daemon = Daemon.start(config, images, credentials, mirrors, blobs.store());
        } catch (IOException | RuntimeException e) {
            try (blobs) {
                throw e;
            }
        }
        serve(config.exporter(), metrics, blobs, daemon);
        Thread.startVirtualThread(() -> readCertificates(blobs));
        return new Service(audit, metrics, blobs, daemon, ServiceManager.ready(environment, daemon::health));
    }

    /** Devices matter more than the log of what they do. */
    private static @Nullable AuditLog audit(ServiceConfig config) {
        if (config.audit().isEmpty()) {
            return null;
        }
        try {
            return AuditLog.open(config.audit().get());
        } catch (IOException e) {
            log.warn("auditPath: no audit log is written: {}", Reason.withCauses(e));
            return null;
        }
    }

    /** Devices matter more than what is told about them. */
    private static void serve(ServiceConfig.Exporter exporter, Metrics metrics, RegistryBlobs blobs, Daemon daemon) {
        if (!exporter.enable()) {
            return;
        }
        try {
            metrics.serve(exporter, blobs.store()::stats, daemon);
            log.info("metrics at http://{}:{}{}", exporter.address(), metrics.port(), exporter.uriPrefix());
        } catch (IOException | RuntimeException e) {
            log.error(
                    "exporterConfig: no metrics at {}:{}: {}",
                    exporter.address(),
                    exporter.port(),
                    Reason.withCauses(e));
        }
    }

    /** Devices that need no registry, or one without TLS, can be served all the same; the files may be mended meanwhile. */
    private static void readCertificates(RegistryBlobs blobs) {
        try {
            blobs.readCertificates();
        } catch (IOException e) {
            log.warn("no registry can be asked by TLS until this is mended: {}", Reason.withCauses(e));
        }
    }

    /** Port of the metrics. */
    int metricsPort() {
        return metrics.port();
    }

    @Override
    public void close() throws IOException {
        try (audit;
                metrics;
                blobs;
                daemon;
                manager) {
            // All are closed, the last one first, whatever one of them throws.
        }
    }
}
