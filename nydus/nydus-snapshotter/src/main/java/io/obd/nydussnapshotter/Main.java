package io.obd.nydussnapshotter;

import io.grpc.BindableService;
import io.obd.containerd.UnixSocketServer;
import io.obd.registry.CredentialSource;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.SnapshotsService;
import io.obd.snapshots.Snapshotter;
import io.obd.snapshots.credentials.CriImageProxy;
import io.obd.snapshots.credentials.PulledCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.logging.Level;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The program {@code containerd-nydus-grpc}. Serves until SIGTERM or SIGINT and ends with status 0 then; status 1 is a
 * failed start, 2 a wrong command line.
 */
public final class Main {
    private static final Duration DAEMON_LIMIT = Duration.ofSeconds(60);
    private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(20);

    private Main() {}

    public static void main(String[] words) {
        Arguments arguments = new Arguments();
        CommandLine command = new CommandLine(arguments);
        try {
            command.parseArgs(words);
        } catch (ParameterException e) {
            System.err.println("containerd-nydus-grpc: " + e.getMessage());
            command.usage(System.err);
            System.exit(2);
        }
        if (arguments.wantsHelp()) {
            command.usage(System.out);
            return;
        }
        if (arguments.wantsVersion()) {
            System.out.println("containerd-nydus-grpc " + Version.TEXT);
            return;
        }
        try {
            SnapshotterConfig config = SnapshotterConfig.read(arguments.config(), arguments.overrides());
            start(config, logger(config));
        } catch (IOException e) {
            LoggerFactory.getLogger(Main.class).error("cannot start: {}", describe(e));
            System.exit(1);
        }
    }

    private static void start(SnapshotterConfig config, Logger log) throws IOException {
        try {
            serve(config, log);
        } catch (IOException e) {
            if (!config.log().stdout()) { // whoever started it looks here first
                System.err.println("containerd-nydus-grpc: cannot start: " + describe(e));
            }
            throw e;
        }
    }

    private static Logger logger(SnapshotterConfig config) throws IOException {
        SnapshotterConfig.Log log = config.log();
        System.setProperty("tinylog.level", log.level());
        if (!log.stdout()) {
            Files.createDirectories(
                    log.directory(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path file = log.directory().resolve("nydus-snapshotter.log");
            System.setProperty("tinylog.writer", "logfmt file");
            System.setProperty("tinylog.writer.latest", file.toString());
            System.setProperty("tinylog.writer.file", file + ".{count}");
            System.setProperty("tinylog.writer.policies", "size: " + log.size() + "mb");
            System.setProperty("tinylog.writer.backups", Long.toString(log.backups()));
            if (log.compress()) {
                System.setProperty("tinylog.writer.convert", "gzip");
            }
        }
        // gRPC logs past slf4j; what it has to tell below a warning concerns developers of gRPC.
        java.util.logging.Logger.getLogger("").setLevel(Level.WARNING);
        return LoggerFactory.getLogger(Main.class);
    }

    private static void serve(SnapshotterConfig config, Logger log) throws IOException {
        config.warnings().forEach(log::warn);
        BlockingCalls blocking = new BlockingCalls();
        PulledCredentials pulled = new PulledCredentials(InstantSource.system());
        CredentialSource credentials = config.remote().credentials().chain(pulled);
        BlobCache cache = new BlobCache(config.cache().directory());
        Metrics metrics = new Metrics();
        InstanceConfigs configs = new InstanceConfigs(
                config.daemon().template(),
                cache.directory(),
                config.remote(),
                new Mirrors(config.remote().mirrors()),
                credentials);
        Optional<Daemons> daemons = config.mode() == DaemonMode.NONE
                ? Optional.empty()
                : Optional.of(daemons(config, configs, cache, blocking, metrics));
        Supplier<Collection<Daemon>> running = () -> daemons.map(Daemons::all).orElse(List.of());
        MountStyle style = new MountStyle(config.driver(), daemons.isPresent(), config.snapshot());
        CacheKeeper keeper = new CacheKeeper(cache, running, config.cache().collect(), metrics::collected);
        NydusLayers layers = new NydusLayers(
                new Claims(config.driver(), style),
                daemons.isPresent() ? daemons.get() : new UnmountedImages(),
                new ContainerMounts(style, configs, config.root().resolve("snapshots")),
                keeper);
        Snapshotter snapshotter = Snapshotter.open(
                config.root(),
                layers,
                blocking,
                new Snapshotter.Options(!config.snapshot().syncRemove(), false));
        List<BindableService> proxy = new ArrayList<>();
        config.remote().credentials().runtime().ifPresent(runtime -> proxy.add(new CriImageProxy(runtime, pulled)));
        UnixSocketServer server = UnixSocketServer.start(
                config.address(), proxy, List.of(new SnapshotsService(snapshotter, metrics, blocking)));
        give(server.socket(), config.owner());
        metrics.watch(running, cache);
        if (config.metrics().isPresent()) {
            metrics.serve(config.metrics().get());
        }
        Renewal renewal = new Renewal(running, configs);
        Housekeeping.every(config.remote().renewal(), "credentials", renewal::run);
        Housekeeping.every(config.cache().period(), "cache", keeper::collect);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> stop(server, snapshotter, config.cleanupOnClose() ? daemons : Optional.empty(), log),
                        "shutdown"));
        log.info(
                "ready: serving {} on {}, driver {}",
                config.root(),
                server.socket(),
                config.driver().word());
    }

    private static Daemons daemons(
            SnapshotterConfig config,
            InstanceConfigs configs,
            BlobCache cache,
            BlockingCalls blocking,
            DaemonEvents events)
            throws IOException {
        NydusdConfig.template(config.daemon().template()); // what is wrong with it is said now
        Nydusd nydusd =
                new Nydusd(config.daemon(), config.log().level(), !config.log().stdout(), DAEMON_LIMIT);
        Daemon.Environment environment =
                new Daemon.Environment(nydusd, configs, config.daemon().recovery(), blocking, events);
        return new Daemons(
                config.root(),
                config.mode() == DaemonMode.SHARED,
                new DaemonIds(InstantSource.system()),
                cache,
                environment);
    }

    private static void give(Path socket, SnapshotterConfig.Owner owner) throws IOException {
        Files.setAttribute(socket, "unix:uid", owner.uid());
        Files.setAttribute(socket, "unix:gid", owner.gid());
    }

    /** Runs on the signal. Without the halt the status would be that of the signal. */
    private static void stop(UnixSocketServer server, Snapshotter snapshotter, Optional<Daemons> ended, Logger log) {
        int status = 0;
        try {
            if (!server.shutdown(SHUTDOWN_GRACE)) {
                log.warn("calls were broken off after {} s", SHUTDOWN_GRACE.toSeconds());
            }
            ended.ifPresent(Daemons::stop);
            snapshotter.close();
            log.info("stopped");
        } catch (IOException | InterruptedException e) {
            log.error("while stopping: {}", describe(e));
            status = 1;
        }
        Runtime.getRuntime().halt(status);
    }

    /** Messages of the JDK's file exceptions are bare paths. */
    private static String describe(Exception e) {
        String message = String.valueOf(e.getMessage());
        return e instanceof java.nio.file.FileSystemException ? e.getClass().getSimpleName() + ": " + message : message;
    }
}
