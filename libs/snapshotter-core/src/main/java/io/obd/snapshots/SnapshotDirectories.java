package io.obd.snapshots;

import io.obd.linux.Statx;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The directories of the snapshots.
 *
 * <pre>
 * snapshots/&lt;id&gt;/       0700
 *     fs/               0755  upper directory, or content of an ordinary layer; owner and mode of what lies below
 *     work/             0711  of active snapshots: overlayfs's own
 * </pre>
 *
 * <p>A directory is complete before its record is written, and goes after its record is gone. So every record has a
 * directory, and a crash leaves nothing but directories without records, which {@link #orphans} finds.
 */
final class SnapshotDirectories {
    private final Path snapshots;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    SnapshotDirectories(Path snapshots) {
        this.snapshots = snapshots;
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
        Path directory = of(id);
        makeDirectory(directory, "rwx------");
        makeDirectory(fs(directory), "rwxr-xr-x");
        if (kind == Kind.ACTIVE) {
            makeDirectory(work(directory), "rwx--x--x");
        }
        if (!below.isEmpty()) {
            takeOver(fs(directory), below.getFirst());
        }
        return directory;
    }

    /** Returns when the directory and what {@link #make} made in it are on stable storage. */
    void sync(long id) throws IOException {
        force(of(id));
        force(snapshots);
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Somebody makes or removes its directory: until {@link #settled} it does not count as an orphan. */
    void busy(long id) {
        underWay.add(Long.toString(id));
    }

    void settled(long id) {
        underWay.remove(Long.toString(id));
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
        DirectoryTree.delete(of(id));
    }

    /** What lies there and belongs to no snapshot. Asks for the records after it has looked, so that none is missed. */
    List<Path> orphans(KnownIds known) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(snapshots)) {
            entries.forEach(found::add);
        }
        found.removeIf(path -> underWay.contains(path.getFileName().toString()));
        Set<Long> ids = known.ids();
        found.removeIf(path -> isOneOf(path.getFileName().toString(), ids));
        return found;
    }

    /** Where the ids of all records are read. */
    interface KnownIds {
        Set<Long> ids() throws IOException;
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
