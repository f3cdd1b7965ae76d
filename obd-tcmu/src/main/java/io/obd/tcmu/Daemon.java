package io.obd.tcmu;

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
    static Daemon start(ServiceConfig config, ImageSource images) throws IOException {
        Path socket = config.controlSocket().toAbsolutePath();
        Files.createDirectories(socket.getParent());
        InstanceLock lock = InstanceLock.take(socket);
        NativeThreads threads = new NativeThreads();
        try {
            DeviceFrontend frontend = frontend(config, socket.resolveSibling("fuse"), threads);
            DeviceTable devices = new DeviceTable(images, frontend);
            ControlServer control = ControlServer.listen(socket, new ControlApi(devices, frontend));
            log.info("ready: attaching devices on request at {}", socket);
            return new Daemon(lock, threads, frontend, devices, control);
        } catch (IOException | RuntimeException e) {
            threads.close();
            lock.close();
            throw e;
        }
    }

    private static DeviceFrontend frontend(ServiceConfig config, Path mountPoint, NativeThreads threads)
            throws IOException {
        log.info("frontend {}: {}", ServiceConfig.Frontend.FUSE_LOOP.word(), FrontendChoice.reason(config.frontend()));
        LoopDevices loops = new LoopDevices();
        return threads.call(() -> {
            new Leftovers(mountPoint, loops).clean();
            if (MountTable.read().at(mountPoint).isEmpty()) {
                Files.createDirectories(mountPoint);
            }
            int readers = Math.max(MIN_READERS, Runtime.getRuntime().availableProcessors());
            FuseServer server = FuseServer.mount(mountPoint, new FuseOptions(readers, config.ioTimeout()));
            return new FuseLoopFrontend(server, loops, threads);
        });
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
