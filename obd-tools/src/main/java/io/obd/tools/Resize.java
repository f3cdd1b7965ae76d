package io.obd.tools;

import io.obd.lsmt.LayeredImage;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Changes the size of a device and of the ext4 file system on it.
 *
 * <p>The file system is resized by resize2fs on a copy of the disk. The image is changed only after that has succeeded: a
 * growing device first gets its size, a shrinking one first its smaller file system.
 */
@Command(
        name = "overlaybd-resize",
        sortOptions = false,
        description = "Changes the size of a device and of the ext4 file system on it.")
final class Resize extends Tool {
    private static final int FAILED = 1;
    private static final long GB = 1L << 30;
    private static final long MAX_GB = 1 << 20;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "the image; upper must be set")
    private Path configuration = Path.of("");

    @Option(names = "--size", required = true, paramLabel = "GB", description = "the new size")
    private long gigabytes;

    @Mixin
    private ServiceConfigOption service = new ServiceConfigOption();

    @Override
    void run() throws IOException {
        if (gigabytes < 1 || gigabytes > MAX_GB) {
            throw invalid("--size: from 1 to " + MAX_GB + ", not " + gigabytes);
        }
        existing("--config", configuration);
        service.check(this);
        long start = System.nanoTime();
        try (ImageDevice image = ImageDevice.openWritable(configuration, service)) {
            Path beside = Path.of(image.config().upper().data());
            try (DiskCopy copy = DiskCopy.of(image.disk(), beside)) {
                resizeCopy(copy, image.disk().size());
                resize(image.disk(), copy, beside);
            }
        }
        long seconds = (System.nanoTime() - start) / 1_000_000_000;
        print("Success: filesystem resized to " + gigabytes + " GB (" + seconds + " seconds)");
    }

    private void resizeCopy(DiskCopy copy, long oldSize) throws IOException {
        long newSize = gigabytes * GB;
        E2fsprogs tools = new E2fsprogs(copy.path());
        String repaired = tools.repair();
        if (!repaired.isEmpty()) {
            LoggerFactory.getLogger(Resize.class).warn("e2fsck repaired the file system first: {}", repaired);
        }
        if (newSize > oldSize) {
            copy.resize(newSize);
        }
        tools.resize(newSize);
        if (newSize < oldSize) {
            copy.resize(newSize);
        }
        // resize2fs 1.47 forgets to mark the backup of a superblock that it moves.
        tools.repair();
    }

    private void resize(LayeredImage disk, DiskCopy copy, Path upper) throws IOException {
        long newSize = gigabytes * GB;
        long oldSize = disk.size();
        DiskChanges changes = DiskChanges.between(disk, copy);
        changes.checkRoom(upper);
        try {
            if (newSize > oldSize) {
                disk.resize(newSize);
            }
            changes.apply(disk);
            if (newSize < oldSize) {
                disk.resize(newSize);
            }
        } catch (IOException e) {
            throw new IOException(
                    configuration + ": the device has " + disk.size()
                            + " bytes now, and its file system may be a mixture:"
                            + " make room and run overlaybd-resize again, or go back to a copy of the layer. "
                            + e.getMessage(),
                    e);
        }
    }

    @Override
    int failureCode() {
        return FAILED;
    }
}
