package io.obd.snapshotter;

import io.obd.snapshots.Layer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * What an overlaybd layer keeps in the directory of its snapshot.
 *
 * <pre>
 * image_ref                  0644  reference of the image, if it is known
 * block/                     0711
 *     config.v1.json         0600  specification of the device
 *     init-debug.log               result of the attach, written by the backend
 *     mkfs_needed            exists while the new device has no file system yet
 *     writable_data          the writable layer, if it has one, and if it is not elsewhere
 *     writable_index
 *     mountpoint/            0711  the device is mounted here
 *     backstore_mark         0644  exists while a device may be attached; names it once that is known
 * </pre>
 */
record BlockDirectory(Path snapshot) {
    /** Where the device is mounted, below the directory of the snapshot. */
    static final Path MOUNTPOINT = Path.of("block", "mountpoint");

    static BlockDirectory of(Layer layer) {
        return new BlockDirectory(layer.directory());
    }

    /** Makes the directories and the empty result file. */
    void make() throws IOException {
        makeDirectory(block());
        makeDirectory(mountpoint());
        if (!Files.exists(resultFile())) {
            Files.createFile(resultFile());
        }
    }

    Path imageRef() {
        return snapshot.resolve("image_ref");
    }

    Path block() {
        return snapshot.resolve("block");
    }

    Path spec() {
        return block().resolve("config.v1.json");
    }

    Path resultFile() {
        return block().resolve("init-debug.log");
    }

    Path mountpoint() {
        return snapshot.resolve(MOUNTPOINT);
    }

    /** Whether the device has no file system yet. */
    boolean needsFileSystem() {
        return Files.exists(mkfsNeeded());
    }

    /** Notes whether the device has no file system yet; that it has one is on stable storage then. */
    void needsFileSystem(boolean needed) throws IOException {
        if (needed) {
            Files.createFile(mkfsNeeded());
        } else if (Files.deleteIfExists(mkfsNeeded())) {
            // If it were back after a power cut, all that was written to the device by then would be lost.
            sync(block());
        }
    }

    private Path mkfsNeeded() {
        return block().resolve("mkfs_needed");
    }

    /** Returns when all files that were made are on stable storage. */
    void sync() throws IOException {
        for (Path path : List.of(imageRef(), resultFile(), mkfsNeeded(), block(), snapshot)) {
            if (Files.exists(path)) {
                sync(path);
            }
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Whether a device may be attached. */
    boolean isMarked() {
        return Files.exists(mark());
    }

    /** Notes that a device may be attached from now on. */
    void mark(String device) throws IOException {
        if (isMarked() && Files.readString(mark()).equals(device)) {
            return;
        }
        Files.writeString(
                mark(),
                device,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
    }

    /** Notes that no device is attached. */
    void unmark() throws IOException {
        Files.deleteIfExists(mark());
    }

    private Path mark() {
        return block().resolve("backstore_mark");
    }

    private static void makeDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        }
    }
}
