package io.obd.tcmu;

import io.obd.image.ConfigException;
import io.obd.image.RegistryBlobs;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.tcmu.download.ImageDownloads;
import io.obd.tcmu.trace.ImageTraces;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code overlaybd-tcmu [CONFIG]}: runs the backend daemon until it is told to stop. */
public final class Main {
    private Main() {}

    /** Reads the configuration, serves, and exits with 1 if that is not possible. */
    public static void main(String[] args) throws InterruptedException {
        if (args.length > 1 || (args.length == 1 && args[0].startsWith("-"))) {
            System.err.println("usage: overlaybd-tcmu [CONFIG]   (default " + ServiceConfig.DEFAULT_FILE + ")");
            System.exit(2);
        }
        ServiceConfig config = read(args.length == 1 ? Path.of(args[0]) : ServiceConfig.DEFAULT_FILE);
        Logging.configure(config.log());
        Logger log = LoggerFactory.getLogger(Main.class);
        config.warnings().forEach(log::warn);
        try {
            RememberedCredentials credentials =
                    new RememberedCredentials(RegistryBlobs.credentials(config.credentials()), InstantSource.system());
            SharedMirrors mirrors = new SharedMirrors();
            RegistryBlobs blobs = RegistryBlobs.open(config, credentials, mirrors);
            Daemon daemon = Daemon.start(config, images(config, blobs), credentials, mirrors, blobs.store());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(daemon, blobs, log), "stop"));
        } catch (IOException e) {
            log.error("cannot start: {}", Reasons.of(e));
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    private static ImageSource images(ServiceConfig config, RegistryBlobs blobs) {
        return new RegistryImages(
                blobs, new ImageTraces(config.prefetchConcurrency()), new ImageDownloads(config.download(), blobs));
    }

    private static ServiceConfig read(Path file) {
        try {
            return ServiceConfig.read(file);
        } catch (ConfigException e) {
            e.problems().forEach(System.err::println);
        } catch (IOException e) {
            System.err.println(file + ": cannot be read: " + Reasons.of(e));
        }
        System.exit(1);
        throw new AssertionError();
    }

    private static void stop(Daemon daemon, RegistryBlobs blobs, Logger log) {
        try (blobs) {
            daemon.close();
        } catch (IOException | RuntimeException e) {
            log.error("stopping: {}", Reasons.of(e));
        }
        // A daemon that was told to stop and did has succeeded; the JVM would report the signal.
        Runtime.getRuntime().halt(0);
    }
}
