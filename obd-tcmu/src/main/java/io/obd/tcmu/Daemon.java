package io.obd.tcmu;

import io.obd.blobstore.BlobCache;
import io.obd.fuse.FuseOptions;
import io.obd.httpserver.SocketListener;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.linux.Closing;
import io.obd.linux.LoopDevices;
import io.obd.tcmu.watch.Metrics;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running daemon: a frontend, the devices on it, and the control socket. */
final class Daemon implements Metrics.Daemon, Closeable {
    private static final Logger log = LoggerFactory.getLogger(Daemon.class);

    private static final int MIN_READERS = 4;

    private final InstanceLock lock;
    private final NativeThreads threads;
    private final DeviceFrontend frontend;
    private final DeviceTable devices;
    private final Health health;
    private final List<Closeable> servers;

    private Daemon(
            InstanceLock lock,
            NativeThreads threads,
            DeviceFrontend frontend,
            DeviceTable devices,
            Health health,
            List<Closeable> servers) {
        this.lock = lock;
        this.threads = threads;
        this.frontend = frontend;
        this.devices = devices;
        this.health = health;
        this.servers = servers;
    }

    /** Starts to serve. Returns when devices can be attached. */
    static Daemon start(
            ServiceConfig config,
            ImageSource images,
            RememberedCredentials credentials,
            SharedMirrors mirrors,
            BlobCache cache)
            throws IOException {
        Path socket = config.controlSocket().toAbsolutePath();
        Path mountPoint = socket.resolveSibling("fuse");
        Files.createDirectories(mountPoint.getParent());
        InstanceLock lock = InstanceLock.take(socket);
        NativeThreads threads = new NativeThreads();
        List<Closeable> opened = new ArrayList<>(List.of(lock, threads));
        try {
            FrontendChoice choice = threads.call(() -> FrontendChoice.of(config.frontend()));
            log.info("frontend {}: {}", choice.frontend().word(), choice.reason());
            DeviceFrontend frontend = choice.frontend() == ServiceConfig.Frontend.TCMU
                    ? new TcmuFrontend(config.ioTimeout(), threads)
                    : threads.call(() -> fuseLoop(config, mountPoint, threads));
            opened.add(frontend);
            DeviceTable devices = new DeviceTable(images, frontend);
            threads.run(() -> frontend.start(devices));
            Health health = new Health(frontend, config.ioTimeout());
            List<Closeable> servers = new ArrayList<>();
            ControlApi api = new ControlApi(devices, frontend, health, credentials, mirrors, cache);
            servers.add(SocketListener.listen("control", socket, handlers -> new ControlHandler(api, handlers)));
            opened.add(servers.getFirst());
            if (config.snapshots().enable()) {
                servers.add(SnapshotServer.listen(config.snapshots(), devices));
            }
            log.info("ready: attaching devices on request at {}", socket);
            return new Daemon(lock, threads, frontend, devices, health, servers);
        } catch (IOException | RuntimeException e) {
            // A start that fails leaves no mount behind that nobody serves.
            Closing.after(e, opened.reversed());
            throw e;
        }
    }

    private static DeviceFrontend fuseLoop(ServiceConfig config, Path mountPoint, NativeThreads threads)
            throws IOException {
        int readers = Math.max(MIN_READERS, Runtime.getRuntime().availableProcessors());
        LoopDevices loops = new LoopDevices();
        HeldMount mount = HeldMount.open(
                mountPoint,
                mountPoint.resolveSibling("holder.sock"),
                loops,
                new FuseOptions(readers, config.ioTimeout()));
        return new FuseLoopFrontend(mount, loops, threads);
    }

    @Override
    public int devices() {
        return devices.size();
    }

    @Override
    public int waiting(Duration longerThan) {
        return frontend.waiting(longerThan);
    }

    /** What was looked at, and how it is. */
    Map<String, String> health() {
        return health.check();
    }

    /**
     * Stops. Every device stays, and waits for the next start: one that nobody uses now may have been asked for by somebody
     * who is about to mount it.
     */
    @Override
    public void close() throws IOException {
        int waiting = devices.size();
        List<Closeable> parts = new ArrayList<>(servers);
        parts.addAll(List.of(devices::flush, frontend, devices::closeImages, threads, lock));
        Closing.all(parts);
        log.info("stopped; {} devices wait for the next start", waiting);
    }
}
