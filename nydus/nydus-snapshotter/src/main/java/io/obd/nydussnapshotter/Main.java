package io.obd.nydussnapshotter;

import io.obd.commandline.Version;
import io.obd.httpserver.SocketListener;
import io.obd.linux.Reason;
import io.obd.registry.CredentialSource;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Snapshotter;
import io.obd.snapshots.SnapshotterProgram;
import io.obd.snapshots.credentials.PulledCredentials;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The program {@code containerd-nydus-grpc}. Serves until SIGTERM or SIGINT and ends with status 0 then; status 1 is a
 * failed start, 2 a wrong command line.
 */
public final class Main {
    private static final Duration LOG_LOOKS = Duration.ofHours(1);
    private static final Duration DAEMON_LIMIT = Duration.ofSeconds(60);

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
        SnapshotterProgram.run(() -> {
            SnapshotterConfig config = SnapshotterConfig.read(arguments.config(), arguments.overrides());
            LogFiles.set(config.log());
            start(config, LoggerFactory.getLogger(Main.class));
        });
    }

    private static void start(SnapshotterConfig config, Logger log) throws IOException {
        try {
            serve(config, log);
        } catch (IOException e) {
            if (!config.log().stdout()) { // whoever started it looks here first
                System.err.println("containerd-nydus-grpc: cannot start: " + Reason.of(e));
            }
            throw e;
        }
    }

    private static void serve(SnapshotterConfig config, Logger log) throws IOException {
        config.warnings().forEach(log::warn);
        BlockingCalls blocking = new BlockingCalls();
        PulledCredentials pulled = new PulledCredentials(InstantSource.system());
        CredentialSource credentials = config.remote().credentials().chain(pulled);
        BlobCache cache = new BlobCache(config.cache().directory());
        Metrics metrics = new Metrics();
        PrefetchLists prefetch = new PrefetchLists();
        InstanceConfigs configs = new InstanceConfigs(
                config.daemon().template(),
                cache.directory(),
                config.remote(),
                new Mirrors(config.remote().mirrors()),
                credentials);
        Optional<DaemonCgroup> cgroup = cgroup(config);
        Nydusd nydusd =
                new Nydusd(config.daemon(), config.log().level(), !config.log().stdout(), DAEMON_LIMIT, cgroup);
        Optional<Daemons> daemons = config.mode() == DaemonMode.NONE
                ? Optional.empty()
                : Optional.of(daemons(
                        config,
                        cache,
                        new Daemon.Environment(
                                nydusd, configs, config.daemon().recovery(), prefetch, blocking, metrics)));
        Supplier<Collection<Daemon>> running = () -> daemons.map(Daemons::all).orElse(List.of());
        MountStyle style = new MountStyle(config.driver(), daemons.isPresent(), config.snapshot());
        CacheKeeper keeper = new CacheKeeper(cache, running, config.cache().collect(), metrics::collected);
        NydusLayers layers = new NydusLayers(
                new Claims(config.driver(), style, InstantSource.system()),
                daemons.isPresent() ? daemons.get() : new UnmountedImages(),
                new ContainerMounts(style, configs, config.root().resolve("snapshots")),
                keeper);
        Snapshotter snapshotter = Snapshotter.open(
                config.root(),
                layers,
                blocking,
                new Snapshotter.Options(!config.snapshot().syncRemove(), false));
        Upgrade upgrade = new Upgrade(running, nydusd);
        Optional<SocketListener> system = config.system().isPresent()
                ? Optional.of(
                        SystemServer.start(config.system().get(), new SystemApi(running, configs, prefetch, upgrade)))
                : Optional.empty();
        SnapshotterProgram program = SnapshotterProgram.serve(
                config.address(),
                snapshotter,
                blocking,
                metrics,
                pulled,
                config.remote().credentials().runtime());
        config.owner().give(program.socket());
        Renewal renewal = new Renewal(running, configs, metrics::renewed);
        if (config.metrics().isPresent()) {
            metrics.watch(running, cache);
            metrics.watch(renewal);
            serve(metrics, config.metrics().get(), running);
        }
        LogFiles.expire(config.log());
        if (daemons.isPresent()) {
            expireLogs(config, daemons.get());
        }
        Housekeeping.every(config.remote().renewal(), "credentials", renewal::run);
        Housekeeping.every(config.cache().period(), "cache", keeper::collect);
        if (config.daemon().recovery() == RecoverPolicy.FAILOVER) {
            Thread.ofVirtual().name("upgrade").start(upgrade::followProgram);
        }
        program.endOnSignal(() -> close(system), () -> stopped(config, daemons, cgroup));
        log.info(
                "ready: serving {} on {}, driver {}",
                config.root(),
                program.socket(),
                config.driver().word());
    }

    private static void expireLogs(SnapshotterConfig config, Daemons daemons) throws IOException {
        DaemonLogs logs = new DaemonLogs(
                config.root(),
                config.log().age(),
                InstantSource.system(),
                () -> daemons.all().stream().map(Daemon::id).collect(Collectors.toSet()));
        logs.removeOld();
        Housekeeping.every(LOG_LOOKS, "daemon-logs", logs::removeOld);
    }

    private static Optional<DaemonCgroup> cgroup(SnapshotterConfig config) throws IOException {
        return config.cgroup().isPresent() && config.mode() != DaemonMode.NONE
                ? Optional.of(DaemonCgroup.make(config.cgroup().get().memory()))
                : Optional.empty();
    }

    private static Daemons daemons(SnapshotterConfig config, BlobCache cache, Daemon.Environment environment)
            throws IOException {
        NydusdConfig.template(config.daemon().template()); // what is wrong with it is said now
        return new Daemons(
                config.root(),
                config.mode() == DaemonMode.SHARED,
                new DaemonIds(InstantSource.system()),
                cache,
                config.signatureKey().isPresent()
                        ? Optional.of(SignatureCheck.with(config.signatureKey().get()))
                        : Optional.empty(),
                environment);
    }

    private static void serve(
            Metrics metrics, SnapshotterConfig.MetricsServer settings, Supplier<Collection<Daemon>> daemons)
            throws IOException {
        DaemonFigures figures = new DaemonFigures(daemons, settings.hungReads(), InstantSource.system());
        metrics.watch(figures);
        try {
            metrics.serve(settings.address());
        } catch (IOException e) {
            throw new IOException("metrics.address " + settings.address() + ": " + e.getMessage(), e);
        }
        Housekeeping.every(settings.hungReads(), "reads", figures::collectHungReads);
        Housekeeping.every(settings.images(), "figures", () -> {
            figures.collectImages();
            metrics.look();
        });
    }

    private static void close(Optional<SocketListener> system) throws IOException {
        if (system.isPresent()) {
            system.get().close();
        }
    }

    private static void stopped(SnapshotterConfig config, Optional<Daemons> daemons, Optional<DaemonCgroup> cgroup)
            throws IOException {
        if (config.cleanupOnClose()) {
            daemons.ifPresent(Daemons::stop);
        }
        if (cgroup.isPresent()) {
            cgroup.get().removeIfEmpty();
        }
    }
}
