package io.obd.tcmu;

import io.obd.fuse.FuseServer;
import io.obd.image.ServiceConfig;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Devices on any kernel: each image is a file of one FUSE mount, served by this process, and a loop device reads that
 * file with direct I/O, so that no block is kept in memory twice.
 */
final class FuseLoopFrontend implements DeviceFrontend {
    private static final Logger log = LoggerFactory.getLogger(FuseLoopFrontend.class);

    /** Sector of the devices; what file systems made by the original expect. */
    private static final int SECTOR = 512;

    /** How long a request that was given up may keep its image open. */
    private static final Duration LAST_REQUESTS = Duration.ofSeconds(10);

    private final FuseServer server;
    private final LoopDevices loops;
    private final NativeThreads threads;

    FuseLoopFrontend(FuseServer server, LoopDevices loops, NativeThreads threads) {
        this.server = server;
        this.loops = loops;
        this.threads = threads;
    }

    @Override
    public ServiceConfig.Frontend kind() {
        return ServiceConfig.Frontend.FUSE_LOOP;
    }

    @Override
    public void start(DeviceTable devices) {
        // It serves since it was mounted, and only what is attached here.
    }

    @Override
    public AttachedDevice attach(String id, Path config, DiskImage image) throws IOException {
        ImageFile file = new ImageFile(image);
        Path path = server.add(id, file);
        try {
            LoopOptions options = new LoopOptions(!image.writable(), true, SECTOR);
            LoopDevice device = threads.call(() -> loops.attach(path, options));
            if (!device.directIo()) {
                log.warn("{} reads {} through the page cache: every block is kept twice", device.path(), path);
            }
            return new Attached(id, file, device);
        } catch (IOException e) {
            remove(id);
            throw e;
        }
    }

    private final class Attached implements AttachedDevice {
        private final String id;
        private final ImageFile file;
        private final LoopDevice device;

        Attached(String id, ImageFile file, LoopDevice device) {
            this.id = id;
            this.file = file;
            this.device = device;
        }

        @Override
        public Optional<Path> path() {
            return Optional.of(device.path());
        }

        @Override
        public Path expose() {
            return device.path();
        }

        @Override
        public void detach() throws IOException {
            FuseLoopFrontend.this.detach(device);
            remove(id);
        }

        @Override
        public void flush() throws IOException {
            file.flush();
        }
    }

    private void detach(LoopDevice device) throws IOException {
        try {
            threads.run(() -> loops.detach(device));
        } catch (ErrnoException e) {
            throw e.is(Errno.EBUSY) ? new DeviceInUseException(e) : e;
        }
    }

    private void remove(String id) {
        try {
            if (!server.remove(id, LAST_REQUESTS)) {
                log.warn("{}: a request that was given up still waits for its data, closing the image under it", id);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean removeLeftover(String id) throws IOException {
        for (LoopDevice device : loops.list()) {
            if (device.backingFile().equals(server.mountPoint().resolve(id).toString())) {
                detach(device);
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean keepsDevices() {
        return false;
    }

    @Override
    public boolean isServing() {
        return server.isServing();
    }

    @Override
    public List<String> inUse() throws IOException {
        List<String> lines = new ArrayList<>();
        for (LoopDevice device : loops.list()) {
            if (Path.of(device.backingFile()).startsWith(server.mountPoint())) {
                lines.add(
                        device.path() + " of " + device.backingFile() + ": " + String.join(", ", loops.users(device)));
            }
        }
        return lines;
    }

    @Override
    public void close() throws IOException {
        threads.run(server::close);
    }
}
