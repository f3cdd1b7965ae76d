package io.obd.snapshotter;

import io.obd.commandline.Version;
import io.obd.image.ControlClient;
import io.obd.linux.TcmuDisks;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.CallObserver;
import io.obd.snapshots.Snapshotter;
import io.obd.snapshots.SnapshotterProgram;
import io.obd.snapshots.credentials.PulledCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The program {@code overlaybd-snapshotter [config file]}. Serves until SIGTERM or SIGINT and ends with status 0 then;
 * status 1 is a failed start, 2 a wrong command line.
 */
public final class Main {
    private static final Duration ATTACH_LIMIT = Duration.ofMinutes(2);
    private static final Duration ABSENCE_LIMIT = Duration.ofSeconds(10);
    private static final Duration PROGRAM_LIMIT = Duration.ofMinutes(10);
    private static final Duration RENEWAL = Duration.ofSeconds(15);

    private Main() {}

    public static void main(String[] arguments) {
        String usage =
                "usage: overlaybd-snapshotter [configuration file, default " + SnapshotterConfig.DEFAULT_FILE + "]";
        if (Version.isPrinted(System.out, "overlaybd-snapshotter", arguments)) {
            return;
        }
        if (arguments.length == 1 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
            System.out.println(usage);
            return;
        }
        if (arguments.length > 1 || (arguments.length == 1 && arguments[0].startsWith("-"))) {
            System.err.println(usage);
            System.exit(2);
        }
        Path file = arguments.length == 1 ? Path.of(arguments[0]) : SnapshotterConfig.DEFAULT_FILE;
        SnapshotterProgram.run(() -> {
            SnapshotterConfig config = SnapshotterConfig.read(file);
            serve(config, logger(config));
        });
    }

    private static Logger logger(SnapshotterConfig config) {
        System.setProperty("tinylog.level", config.logLevel());
        System.setProperty("tinylog.writer.caller", Boolean.toString(config.logCaller()));
        return LoggerFactory.getLogger(Main.class);
    }

    private static void serve(SnapshotterConfig config, Logger log) throws IOException {
        config.warnings().forEach(log::warn);
        BlockingCalls blocking = new BlockingCalls();
        ControlClient control = new ControlClient(config.controlSocket(), ATTACH_LIMIT);
        Programs programs = new Programs(PROGRAM_LIMIT);
        FileSystems fileSystems = new FileSystems(programs);
        DeviceIds ids = new DeviceIds(config.tenant());
        PulledCredentials pulled = new PulledCredentials(InstantSource.system());
        Handover handover =
                new Handover(control, config.credentials().chain(pulled), config.mirrors(), InstantSource.system());
        Backend backend = new Backend(control, new TcmuDisks(ATTACH_LIMIT), blocking, ids, ABSENCE_LIMIT);
        LayerLabels labels = new LayerLabels(new BlobUrls(config.insecureHosts()));
        ObdLayers layers = new ObdLayers(
                new Claims(config.rwMode(), config.docker(), config.rootfsQuota(), labels),
                new DeviceSpecs(labels),
                new WritableLayers(config.tools(), programs, config.sparse()),
                new TurboOci(
                        config.turboFsTypes(),
                        new KernelFileSystems(programs),
                        config.root().resolve(".TurboOCI_ext4"),
                        labels),
                new TarLayers(config.tools(), programs),
                new Devices(backend, blocking, fileSystems, handover),
                new Recovery(backend, fileSystems, handover, config.root()),
                config.defaultFsType());
        Snapshotter snapshotter = Snapshotter.open(config.root(), layers, blocking, config.removal());
        Optional<Metrics> metrics = config.exporter().flatMap(exporter -> metrics(exporter, log));
        CallObserver observer = metrics.isPresent() ? metrics.get() : CallObserver.NONE;
        SnapshotterProgram program = SnapshotterProgram.serve(
                config.address(),
                snapshotter,
                blocking,
                observer,
                pulled,
                config.credentials().runtime());
        Thread.ofVirtual().name("handover").start(() -> renew(handover, log));
        program.endOnSignal(() -> metrics.ifPresent(Metrics::stopping), () -> {});
        log.info("ready: serving {} on {}, backend {}", config.root(), program.socket(), config.controlSocket());
    }

    /** Containers do not wait for figures: without them we go on, as the backend does. */
    private static Optional<Metrics> metrics(Metrics.Exporter exporter, Logger log) {
        try {
            return Optional.of(Metrics.serve(exporter));
        } catch (IOException e) {
            log.error("{}", e.getMessage());
            return Optional.empty();
        }
    }

    private static void renew(Handover handover, Logger log) {
        try {
            while (true) {
                try {
                    handover.renew();
                } catch (RuntimeException e) { // the edge of the thread
                    log.error("the backend is not told new credentials", e);
                }
                Thread.sleep(RENEWAL);
            }
        } catch (InterruptedException e) {
            log.debug("no more credentials are handed over");
        }
    }
}
