package io.obd.tcmu;

import io.obd.blobstore.CacheStats;
import io.obd.fuse.FuseOptions;
import io.obd.fuse.FuseServer;
import io.obd.image.ServiceConfig;
import io.obd.linux.LoopDevices;
import io.obd.linux.MountTable;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running daemon: a frontend, the devices on it, and the control socket. */
final class Daemon implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Daemon.class);

    private static final int MIN_READERS = 4;

    private final InstanceLock lock;
    private final NativeThreads threads;
    private final DeviceFrontend frontend;
    private final DeviceTable devices;
    private final ControlServer control;

    private Daemon(
            InstanceLock lock,
            NativeThreads threads,
            DeviceFrontend frontend,
            DeviceTable devices,
            ControlServer control) {
        this.lock = lock;
        this.threads = threads;
        this.frontend = frontend;
        this.devices = devices;
        this.control = control;
    }

    /** Starts to serve. Returns when devices can be attached. */
    static Daemon start(
            ServiceConfig config, ImageSource images, RememberedCredentials credentials, Supplier<CacheStats> cache)
            throws IOException {
        Path socket = config.controlSocket().toAbsolutePath();
        Path mountPoint = socket.resolveSibling("fuse");
        Files.createDirectories(mountPoint.getParent());
        InstanceLock lock = InstanceLock.take(socket);
        NativeThreads threads = new NativeThreads();
        try {
            String reason = FrontendChoice.reason(config.frontend());
            log.info("frontend {}: {}", ServiceConfig.Frontend.FUSE_LOOP.word(), reason);
            threads.run(() -> new Leftovers(mountPoint, new LoopDevices()).clean());
            DeviceFrontend frontend = threads.call(() -> fuseLoop(config, mountPoint, threads));
            DeviceTable devices = new DeviceTable(images, frontend);
            ControlServer control = ControlServer.listen(socket, new ControlApi(devices, frontend, credentials, cache));
            log.info("ready: attaching devices on request at {}", socket);
            return new Daemon(lock, threads, frontend, devices, control);
        } catch (IOException | RuntimeException e) {
            threads.close();
            lock.close();
            throw e;
        }
    }

    private static DeviceFrontend fuseLoop(ServiceConfig config, Path mountPoint, NativeThreads threads)
            throws IOException {
        if (MountTable.read().at(mountPoint).isEmpty()) {
            Files.createDirectories(mountPoint);
        }
        int readers = Math.max(MIN_READERS, Runtime.getRuntime().availableProcessors());
        FuseServer server = FuseServer.mount(mountPoint, new FuseOptions(readers, config.ioTimeout()));
        return new FuseLoopFrontend(server, new LoopDevices(), threads);
    }

    /** Detaches what nobody uses and stops. What is in use stays attached and is named in the log. */
    @Override
    public void close() throws IOException {
        control.close();
        devices.shutDown();
        List<String> inUse = frontend.inUse();
        if (inUse.isEmpty()) {
            frontend.close();
            log.info("stopped");
        } else {
            inUse.forEach(line -> log.warn("still in use, and fails from now on: {}", line));
        }
        threads.close();
        lock.close();
    }
}
