package io.obd.snapshots;

import io.obd.linux.DirectoryTree;
import io.obd.linux.Statx;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The directories of the snapshots.
 *
 * <pre>
 * snapshots/&lt;id&gt;/       0700
 *     fs/               0755  upper directory, or content of an ordinary layer; owner and mode of what lies below
 *     work/             0711  of active snapshots: overlayfs's own
 * snapshots/new-&lt;id&gt;/   one that is being made
 * </pre>
 *
 * <p>A directory is complete before its record is written, and goes after its record is gone. So every record has a
 * directory, and a killed process leaves nothing but directories without records, which {@link #orphans} finds.
 *
 * <p>A power cut is another matter. The rename that gives a directory its id is the last change to it, and file systems
 * with a journal write changes in order: {@link #sync} of the one directory above makes all that were made before it
 * durable, however many there are. It is not waited for when an ordinary snapshot is prepared: the directory is empty
 * then, and {@link #restore} makes it again. Whatever is synced inside it later takes it along.
 */
final class SnapshotDirectories {
    private final Path snapshots;
    private final Quotas quotas;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    /** How many were made, and how many of them are durable; those of a process before this one have to be synced too. */
    private final AtomicLong made = new AtomicLong(1);

    private final Lock syncing = new ReentrantLock();
    private volatile long synced;

    SnapshotDirectories(Path snapshots) {
        this.snapshots = snapshots;
        this.quotas = new Quotas(snapshots);
    }

    static Path fs(Path directory) {
        return directory.resolve("fs");
    }

    static Path work(Path directory) {
        return directory.resolve("work");
    }

    Path of(long id) {
        return snapshots.resolve(Long.toString(id));
    }

    /**
     * Makes the directories of a snapshot, which is busy until {@link #settled}.
     *
     * @param below the directory that lies nearest below it, if any
     */
    Path make(long id, Kind kind, List<Path> below) throws IOException {
        busy(id);
        Path birth = birth(id);
        makeDirectory(birth, "rwx------");
        makeDirectory(fs(birth), "rwxr-xr-x");
        if (kind == Kind.ACTIVE) {
            makeDirectory(work(birth), "rwx--x--x");
        }
        if (!below.isEmpty()) {
            takeOver(fs(birth), below.getFirst());
        }
        Path directory = Files.move(birth, of(id), StandardCopyOption.ATOMIC_MOVE);
        made.incrementAndGet();
        return directory;
    }

    /**
     * Limits what may be written to a snapshot.
     *
     * @param bytes 0 for no limit
     */
    void limit(long id, long bytes) throws IOException {
        if (bytes > 0) {
            quotas.limit(id, List.of(fs(of(id)), work(of(id))), bytes);
        }
    }

    private Path birth(long id) {
        return snapshots.resolve("new-" + id);
    }

    /** Makes an empty directory again that a power cut took. */
    void restore(long id, Kind kind, List<Path> below) throws IOException {
        DirectoryTree.delete(birth(id));
        make(id, kind, below);
        settled(id);
    }

    /** Returns when all directories that were made before are on stable storage; one call to the disk does for many. */
    void sync() throws IOException {
        long wanted = made.get();
        if (synced >= wanted) {
            return;
        }
        syncing.lock();
        try {
            if (synced < wanted) {
                long reached = made.get();
                force(snapshots);
                synced = reached;
            }
        } finally {
            syncing.unlock();
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Somebody makes or removes its directory: until {@link #settled} it does not count as an orphan. */
    void busy(long id) {
        underWay.add(name(of(id)));
        underWay.add(name(birth(id)));
    }

    void settled(long id) {
        underWay.remove(name(of(id)));
        underWay.remove(name(birth(id)));
    }

    /** What a snapshot keeps on disk, without overlayfs's own directory. */
    List<Path> contents(long id) throws IOException {
        List<Path> contents = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(of(id))) {
            entries.forEach(contents::add);
        }
        contents.remove(work(of(id)));
        return contents;
    }

    void delete(long id) throws IOException {
        DirectoryTree.delete(birth(id));
        delete(of(id));
    }

    /** Deletes the directory of a snapshot, or what {@link #orphans} found. */
    void delete(Path directory) throws IOException {
        quotas.lift(directory);
        DirectoryTree.delete(directory);
    }

    /** What lies there and belongs to no snapshot. Asks for the records after it has looked, so that none is missed. */
    List<Path> orphans(Supplier<Set<Long>> known) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(snapshots)) {
            entries.forEach(found::add);
        }
        found.removeIf(path -> underWay.contains(name(path)));
        Set<Long> ids = known.get();
        found.removeIf(path -> isOneOf(name(path), ids));
        return found;
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    private static boolean isOneOf(String name, Set<Long> ids) {
        try {
            return ids.contains(Long.parseLong(name));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static void makeDirectory(Path directory, String permissions) throws IOException {
        Files.createDirectory(directory);
        // The process's umask took bits away at creation.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
    }

    /** The root of an overlay shows owner and mode of its upper directory, so these must be those of the image. */
    private static void takeOver(Path fs, Path below) throws IOException {
        Statx root = Statx.of(below);
        Files.setAttribute(fs, "unix:uid", (int) root.uid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(fs, "unix:gid", (int) root.gid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(fs, "unix:mode", root.mode() & 07777);
    }
}
