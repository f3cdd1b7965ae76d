package io.obd.snapshots;

import io.obd.linux.DirectoryTree;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The root directory of a snapshotter, held by one process at a time.
 *
 * <pre>
 * lock              locked while a snapshotter runs
 * metadata.sqlite   records
 * metadata.db/      in the way of other snapshotters, whose records have this name: they would take our directories for
 *                   their own, and delete them
 * snapshots/        directories of the snapshots
 * native/           SQLite's library while we run: unlike in /tmp, nobody else can write here, and what a killed
 *                   process left is ours to remove
 * </pre>
 */
final class DataDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);

    private final Path root;
    private final FileChannel lock;

    private DataDirectory(Path root, FileChannel lock) {
        this.root = root;
        this.lock = lock;
    }

    /** Opens a directory, made with mode 0700 if it is not there; links in its path are resolved. */
    static DataDirectory open(Path path) throws IOException {
        makePrivate(path);
        Path root = path.toRealPath();
        DataDirectory opened = new DataDirectory(root, lock(root.resolve("lock")));
        try {
            opened.refuseOthers();
            makePrivate(opened.recordsOfOthers()); // where a directory is they can have no file
            opened.prepareNative();
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    Path metadata() {
        return root.resolve("metadata.sqlite");
    }

    Path snapshots() throws IOException {
        Path snapshots = root.resolve("snapshots");
        makePrivate(snapshots);
        return snapshots;
    }

    /** Where other snapshotters would keep their records. */
    private Path recordsOfOthers() {
        return root.resolve("metadata.db");
    }

    private void refuseOthers() throws IOException {
        if (!Files.exists(recordsOfOthers()) || Files.isDirectory(recordsOfOthers())) {
            return;
        }
        // All its snapshots would look like orphans to us.
        boolean isOurs = Files.exists(metadata());
        String found = isOurs
                ? " holds metadata.db beside our metadata.sqlite, another snapshotter has worked here since:"
                : " belongs to another snapshotter (it holds metadata.db):";
        String then = isOurs
                ? "remove metadata.db; what is left in snapshots goes at the next start"
                : "choose another root, or remove this directory";
        throw new IOException(root + found + " with that one, remove the containers and images that use it, which"
                + " containerd remembers; then " + then);
    }

    private void prepareNative() throws IOException {
        Path libraries = root.resolve("native");
        DirectoryTree.delete(libraries);
        makePrivate(libraries);
        System.setProperty("org.sqlite.tmpdir", libraries.toString());
    }

    private static FileChannel lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            LOG.debug("the lock is held by this very process", e);
        }
        channel.close();
        throw new IOException("another snapshotter works on this directory (it holds " + file + ")");
    }

    private static void makePrivate(Path directory) throws IOException {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            boolean link = Files.isSymbolicLink(Path.of(e.getFile()));
            throw new IOException(e.getFile() + (link ? " is a link to what is not there" : " is no directory"), e);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
