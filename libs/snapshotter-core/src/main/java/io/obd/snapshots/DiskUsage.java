package io.obd.snapshots;

import io.obd.linux.DeviceNumber;
import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.Statx;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Adds up what directory trees take on their file system, the way du(1) does: every inode once, with the blocks that
 * are allocated. What is mounted inside does not count. Files may come and go meanwhile.
 */
final class DiskUsage {
    private static final int TYPE_MASK = 0170000;
    private static final int TYPE_DIRECTORY = 0040000;

    private final Set<Long> linked = new HashSet<>();
    private final Deque<Path> open = new ArrayDeque<>();
    private final DeviceNumber device;
    private long size;
    private long inodes;

    private DiskUsage(DeviceNumber device) {
        this.device = device;
    }

    /** Measures trees that lie on the same file system as their common directory. */
    static Usage of(Path directory, List<Path> trees) throws IOException {
        DiskUsage usage = new DiskUsage(Statx.of(directory).dev());
        for (Path tree : trees) {
            usage.add(tree);
            while (!usage.open.isEmpty()) {
                usage.addEntries(usage.open.pop());
            }
        }
        return new Usage(usage.size, usage.inodes);
    }

    private void addEntries(Path directory) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                add(entry);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // removed or replaced since it was listed
            return;
        }
    }

    private void add(Path path) throws IOException {
        Statx file;
        try {
            file = Statx.of(path);
        } catch (ErrnoException e) {
            if (e.is(Errno.ENOENT)) {
                return; // removed since it was listed
            }
            throw e;
        }
        if (!file.dev().equals(device)) {
            return;
        }
        boolean directory = (file.mode() & TYPE_MASK) == TYPE_DIRECTORY;
        if (file.nlink() > 1 && !directory && !linked.add(file.ino())) {
            return;
        }
        size += file.bytesUsed();
        inodes++;
        if (directory) {
            open.push(path);
        }
    }
}
