package io.obd.snapshotter;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.LoopOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real block device, on a file. A test that asks for one is skipped where it cannot be had. */
final class LoopDisk implements AutoCloseable {
    private static final int SECTOR = 512;

    private final LoopDevices loops = new LoopDevices();
    private final LoopDevice device;

    private LoopDisk(Path file, boolean readOnly) throws IOException {
        this.device = loops.attach(file, new LoopOptions(readOnly, false, SECTOR));
    }

    /** An empty disk of so many bytes. */
    static LoopDisk empty(Path directory, long size) throws IOException {
        assumeMountable();
        Path file = directory.resolve("disk");
        try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(size);
        }
        return new LoopDisk(file, false);
    }

    /** A read-only disk with an ext4 that holds a tree. */
    static LoopDisk holding(Path tree, Path directory) throws IOException, InterruptedException {
        assumeMountable();
        Path file = directory.resolve("image.ext4");
        Process mkfs = new ProcessBuilder(
                        "mkfs.ext4", "-q", "-O", "^has_journal", "-d", tree.toString(), file.toString(), "4M")
                .inheritIO()
                .start();
        if (mkfs.waitFor() != 0) {
            throw new IOException("mkfs.ext4 failed with status " + mkfs.exitValue());
        }
        return new LoopDisk(file, true);
    }

    private static void assumeMountable() throws IOException {
        assumeTrue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0, "needs root to mount");
        assumeTrue(Files.isExecutable(Path.of("/sbin/mkfs.ext4")), "needs mkfs.ext4");
    }

    Path path() {
        return device.path();
    }

    @Override
    public void close() throws IOException {
        loops.detach(device);
    }
}
