package io.obd.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Attaches files to loop devices and detaches them. The devices are shared by the whole machine: somebody else may
 * take the free one first, and a number says nothing about whose device it is.
 *
 * <p>The calls wait for the device and its backing file: make them on platform threads.
 */
public final class LoopDevices {
    private static final Path CONTROL = Path.of("/dev/loop-control");
    private static final Path BLOCK_DEVICES = Path.of("/sys/block");

    /** So many other programs may be quicker in a row before attaching is given up. */
    private static final int ATTEMPTS = 100;

    /** How long somebody who only looks at the device (udev, blkid) may delay its end. */
    private static final Duration DETACH_LIMIT = Duration.ofSeconds(2);

    /** The kernel gives no more of a path: a page. */
    private static final int LONGEST_LINE = 4096;

    private static final Duration POLL = Duration.ofMillis(10);

    /**
     * Attaches a file to a free loop device; the kernel makes a new one if none is free.
     *
     * @param backing file whose length is a multiple of the block size
     * @throws ErrnoException if the kernel refuses
     */
    public LoopDevice attach(Path backing, LoopOptions options) throws IOException {
        int access = options.readOnly() ? RawFile.READ_ONLY : RawFile.READ_WRITE;
        try (RawFile control = RawFile.open(CONTROL, RawFile.READ_WRITE);
                RawFile file = RawFile.open(backing, access)) {
            ByteBuffer config = config(file, backing, options);
            for (int attempt = 1; ; attempt++) {
                int number = control.ioctl("LOOP_CTL_GET_FREE", LoopLayout.CTL_GET_FREE, 0);
                try (RawFile device = RawFile.open(node(number), access)) {
                    device.ioctl("LOOP_CONFIGURE " + backing + " on", LoopLayout.CONFIGURE, config);
                    return find(number)
                            .orElseThrow(() -> new IOException(
                                    node(number) + " was detached by somebody else right after it was attached"));
                } catch (ErrnoException e) {
                    // Taken by somebody else since it was found free.
                    if (!e.is(Errno.EBUSY) || attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        }
    }

    private static ByteBuffer config(RawFile file, Path backing, LoopOptions options) {
        ByteBuffer config = struct(LoopLayout.CONFIG_LENGTH);
        config.putInt(LoopLayout.CONFIG_FD, file.fd());
        config.putInt(LoopLayout.CONFIG_BLOCK_SIZE, options.blockSize());
        int flags = (options.readOnly() ? LoopLayout.FLAG_READ_ONLY : 0)
                | (options.directIo() ? LoopLayout.FLAG_DIRECT_IO : 0);
        config.putInt(LoopLayout.CONFIG_INFO + LoopLayout.INFO_FLAGS, flags);
        byte[] name = backing.toString().getBytes(StandardCharsets.UTF_8);
        config.put(
                LoopLayout.CONFIG_INFO + LoopLayout.INFO_FILE_NAME,
                Arrays.copyOf(name, Math.min(name.length, LoopLayout.INFO_FILE_NAME_LENGTH - 1)));
        return config;
    }

    /**
     * Detaches a device that nobody uses. One that is in use stays as it was.
     *
     * @throws ErrnoException EBUSY with the reason if it is mounted or held open
     */
    public void detach(LoopDevice device) throws IOException {
        try (RawFile file = RawFile.open(device.path(), RawFile.EXCLUSIVE)) {
            // Looked at again behind the exclusive open: the number may be somebody else's device by now.
            if (!isAttached(device)) {
                return;
            }
            file.ioctl("LOOP_CLR_FD", LoopLayout.CLR_FD, 0);
        } catch (ErrnoException e) {
            if (e.is(Errno.EBUSY)) {
                throw busy(device);
            }
            if (e.is(Errno.ENXIO)) {
                return; // it has no backing file any more
            }
            throw e;
        }
        if (!awaitDetached(device)) {
            withdrawDetach(device);
            throw busy(device);
        }
    }

    /** The kernel lets go of the backing file when the last one who has the device open closes it. */
    private boolean awaitDetached(LoopDevice device) throws IOException {
        long deadline = System.nanoTime() + DETACH_LIMIT.toNanos();
        while (isAttached(device)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private void withdrawDetach(LoopDevice device) throws IOException {
        try (RawFile file = RawFile.open(device.path(), RawFile.READ_ONLY)) {
            ByteBuffer info = struct(LoopLayout.INFO_LENGTH);
            file.ioctl("LOOP_GET_STATUS64", LoopLayout.GET_STATUS64, info);
            info.putInt(LoopLayout.INFO_FLAGS, info.getInt(LoopLayout.INFO_FLAGS) & ~LoopLayout.FLAG_AUTOCLEAR);
            file.ioctl("LOOP_SET_STATUS64", LoopLayout.SET_STATUS64, info);
        }
    }

    private static ErrnoException busy(LoopDevice device) throws IOException {
        return new ErrnoException("detach " + device.path(), Errno.EBUSY, DeviceUsers.describe(device.path()));
    }

    /** True if this device still has the backing file it had when it was looked at. */
    public boolean isAttached(LoopDevice device) throws IOException {
        return find(device.number())
                .map(now -> now.backingFile().equals(device.backingFile()))
                .orElse(false);
    }

    /** All loop devices that have a backing file, by number. */
    public List<LoopDevice> list() throws IOException {
        List<LoopDevice> devices = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(BLOCK_DEVICES, "loop*")) {
            for (Path entry : entries) {
                find(Integer.parseInt(entry.getFileName().toString().substring("loop".length())))
                        .ifPresent(devices::add);
            }
        }
        devices.sort(Comparator.comparingInt(LoopDevice::number));
        return devices;
    }

    private static Optional<LoopDevice> find(int number) throws IOException {
        Path sysfs = BLOCK_DEVICES.resolve("loop" + number);
        try {
            String backing = line(sysfs.resolve("loop/backing_file"));
            if (backing.isEmpty()) {
                return Optional.empty(); // the device is just being detached
            }
            return Optional.of(new LoopDevice(
                    number,
                    backing,
                    line(sysfs.resolve("ro")).equals("1"),
                    line(sysfs.resolve("loop/dio")).equals("1")));
        } catch (ErrnoException e) {
            // These files are there only while a backing file is; who has one open when it goes gets ENODEV.
            if (e.is(Errno.ENOENT) || e.is(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static String line(Path path) throws IOException {
        ByteBuffer line = ByteBuffer.allocateDirect(LONGEST_LINE);
        try (RawFile file = RawFile.open(path, RawFile.READ_ONLY)) {
            file.read(line);
        }
        return StandardCharsets.UTF_8.decode(line.flip()).toString().stripTrailing();
    }

    private static Path node(int number) {
        return Path.of("/dev/loop" + number);
    }

    private static ByteBuffer struct(int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }
}
