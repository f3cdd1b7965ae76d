package io.obd.tcmu;

import io.obd.fuse.FuseFile;
import io.obd.fuse.FuseServer;
import io.obd.holder.Holder;
import io.obd.image.ServiceConfig;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import io.obd.tcmu.HeldMount.Survivor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Devices on any kernel: each image is a file of one FUSE mount, served by this process, and a loop device reads that
 * file with direct I/O, so that no block is kept in memory twice.
 *
 * <p>The mount and the loop devices outlive this process, and the next run of the daemon serves them again. Who reads
 * meanwhile waits. Attaching and detaching is done by the holder: this process never opens its own files, which it could
 * not let go of when it is killed.
 */
final class FuseLoopFrontend implements DeviceFrontend {
    private static final Logger log = LoggerFactory.getLogger(FuseLoopFrontend.class);

    /** Sector of the devices; what file systems made by the original expect. */
    private static final int SECTOR = 512;

    /** How long a request that was given up may keep its image open. */
    private static final Duration LAST_REQUESTS = Duration.ofSeconds(10);

    /** How long requests that are under way may keep the daemon from ending. */
    private static final Duration STAND_DOWN = Duration.ofSeconds(5);

    private final FuseServer server;
    private final Holder holder;
    private final LoopDevices loops;
    private final NativeThreads threads;
    private final Map<String, Survivor> survivors = new ConcurrentHashMap<>();

    FuseLoopFrontend(HeldMount mount, LoopDevices loops, NativeThreads threads) {
        this.server = mount.server();
        this.holder = mount.holder();
        this.loops = loops;
        this.threads = threads;
        for (Survivor survivor : mount.survivors()) {
            survivors.put(survivor.device().id(), survivor);
        }
    }

    @Override
    public ServiceConfig.Frontend kind() {
        return ServiceConfig.Frontend.FUSE_LOOP;
    }

    @Override
    public void start(DeviceTable devices) throws IOException {
        Set<Integer> known = survivors.values().stream()
                .map(survivor -> survivor.device().loop())
                .collect(Collectors.toSet());
        new Reopening(devices, this).start(survivors.values());
        for (LoopDevice device : loops.list()) {
            // One that is in no list: its attach was cut off before anybody was told of it.
            if (Path.of(device.backingFile()).startsWith(server.mountPoint()) && !known.contains(device.number())) {
                removeStray(device);
            }
        }
    }

    private void removeStray(LoopDevice device) {
        try {
            holder.detach(device);
            log.info("detached {}, left behind by an earlier run on {}", device.path(), device.backingFile());
        } catch (IOException e) {
            log.warn("left behind by an earlier run, and its reads fail: {}", e.getMessage());
        }
    }

    @Override
    public AttachedDevice attach(String id, Path config, DiskImage image) throws IOException {
        Survivor survivor = survivors.get(id);
        if (survivor != null && survivor.device().config().equals(config.toString())) {
            return resume(survivor, image);
        }
        removeLeftover(id);
        ImageFile file = new ImageFile(image);
        server.add(id, file);
        try {
            return new Attached(id, config, image, file, attachLoop(id, config, image));
        } catch (IOException | RuntimeException e) {
            remove(id);
            throw e;
        }
    }

    /** Has a loop device made of a file that is served, and noted for the next run. */
    private LoopDevice attachLoop(String id, Path config, DiskImage image) throws IOException {
        Path path = server.mountPoint().resolve(id);
        LoopOptions options = new LoopOptions(!image.writable(), true, SECTOR);
        LoopDevice device = threads.call(() -> holder.attach(path, options));
        if (!device.directIo()) {
            log.warn("{} reads {} through the page cache: every block is kept twice", device.path(), path);
        }
        DeviceRecord record = DeviceRecord.of(id, config, server.number(id), device, image);
        try {
            threads.run(() -> holder.hold(record.toHeld()));
        } catch (IOException e) {
            detachAfter(e, device);
            throw e;
        }
        return device;
    }

    private void detachAfter(IOException failure, LoopDevice device) {
        try {
            threads.run(() -> holder.detach(device));
        } catch (IOException e) {
            failure.addSuppressed(e);
            log.warn("{} is left behind: {}", device.path(), e.getMessage());
        }
    }

    /** Serves a device again that has outlived an earlier run. */
    AttachedDevice resume(Survivor survivor, DiskImage image) throws IOException {
        survivor.file().open(image);
        String id = survivor.device().id();
        survivors.remove(id);
        return new Attached(
                id,
                Path.of(survivor.device().config()),
                image,
                survivor.file(),
                survivor.device().loopDevice());
    }

    /** Whether a device still waits for its image. */
    boolean isWaiting(Survivor survivor) {
        return survivors.containsValue(survivor);
    }

    private final class Attached implements AttachedDevice {
        private final String id;
        private final Path config;
        private final DiskImage image;
        private final FuseFile file;
        private volatile LoopDevice device;

        Attached(String id, Path config, DiskImage image, FuseFile file, LoopDevice device) {
            this.id = id;
            this.config = config;
            this.image = image;
            this.file = file;
            this.device = device;
        }

        @Override
        public Optional<Path> path() {
            return Optional.of(device.path());
        }

        /** The device is made again if it is not there any more: it is everybody's to detach, also by {@code losetup -d}. */
        @Override
        public Path expose() throws IOException {
            if (!loops.isAttached(device)) {
                log.warn("{}: somebody has detached {}, making a new device", id, device.path());
                device = attachLoop(id, config, image);
            }
            return device.path();
        }

        @Override
        public void detach() throws IOException {
            FuseLoopFrontend.this.detach(device);
            forget(id);
        }

        @Override
        public void flush() throws IOException {
            file.flush();
        }
    }

    private void detach(LoopDevice device) throws IOException {
        try {
            threads.run(() -> holder.detach(device));
        } catch (ErrnoException e) {
            throw e.is(Errno.EBUSY) ? new DeviceInUseException(e) : e;
        }
    }

    private void forget(String id) throws IOException {
        threads.run(() -> holder.release(DeviceRecord.key(id)));
        remove(id);
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
        boolean found = false;
        String file = server.mountPoint().resolve(id).toString();
        for (LoopDevice device : loops.list()) {
            if (device.backingFile().equals(file)) {
                detach(device);
                found = true;
            }
        }
        Survivor survivor = survivors.get(id);
        if (survivor == null) {
            return found;
        }
        survivor.file().giveUp();
        forget(id);
        survivors.remove(id);
        return true;
    }

    @Override
    public int waiting(Duration longerThan) {
        return server.waiting(longerThan);
    }

    @Override
    public boolean isServing() {
        return server.isServing();
    }

    /** If there are devices, they and the mount stay with the holder for the next run; otherwise all comes to an end. */
    @Override
    public void close() throws IOException {
        threads.run(() -> {
            if (!hasDevices()) {
                server.close();
                holder.end();
            } else {
                standDown();
                holder.close();
            }
        });
    }

    private boolean hasDevices() throws IOException {
        return loops.list().stream()
                .anyMatch(device -> Path.of(device.backingFile()).startsWith(server.mountPoint()));
    }

    private void standDown() throws IOException {
        try {
            if (!server.standDown(STAND_DOWN)) {
                log.warn("requests were left unanswered; the next run of the daemon gets them again if the kernel can");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
