package io.obd.snapshots;

import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.ProjectQuota;
import io.obd.linux.Statx;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Limits what may be written to snapshots, by project quotas of the file system that the data directory is on. Every
 * limited snapshot has a project of its own, whose number follows from that of the snapshot, which is never used again.
 */
final class Quotas {
    /** The original's only project; ours follow it. */
    private static final long FIRST_PROJECT = 16_777_216;

    private static final long PROJECTS = 200_000_000 - FIRST_PROJECT;
    private static final String ENABLED = "prjquota";

    private final Path root;
    private final ProjectQuota quota;
    private final Mounted mounted;
    private volatile @Nullable Boolean possible;

    /** Where the mount of a directory is looked up. */
    interface Mounted {
        MountTable table() throws IOException;
    }

    /** @param root the data directory */
    Quotas(Path root) {
        this(root, ProjectQuota.ofKernel(), MountTable::read);
    }

    Quotas(Path root, ProjectQuota quota, Mounted mounted) {
        this.root = root;
        this.quota = quota;
        this.mounted = mounted;
    }

    /**
     * Limits the directories of a snapshot, together.
     *
     * @throws SnapshotException failed precondition if the file system has no project quotas or is not that large
     */
    void limit(long id, List<Path> directories, long bytes) throws IOException {
        Mount mount = mount();
        if (!isPossible()) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    "a disk quota needs project quotas, and " + mount.target() + " (" + mount.type() + ", where " + root
                            + " is) is not mounted with " + ENABLED);
        }
        long size = Files.getFileStore(root).getTotalSpace();
        if (bytes > size) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    "a disk quota of " + bytes + " bytes is more than " + mount.target() + " has, which is " + size);
        }
        long project = project(id);
        for (Path directory : directories) {
            long present = quota.projectOf(directory);
            if (present != 0 && present != project) {
                throw new SnapshotException(
                        Code.FAILED_PRECONDITION,
                        directory + " belongs to project " + present + ": a disk quota needs one of its own");
            }
            quota.assign(directory, project);
        }
        quota.limit(Path.of(mount.source()), project, bytes);
    }

    /** Called when a snapshot's directory is about to go: the limit is kept by the file system until it is lifted. */
    void lift(Path directory) throws IOException {
        Optional<Long> id = id(directory);
        if (id.isPresent() && isPossible() && projectOf(directory) == project(id.get())) {
            quota.limit(Path.of(mount().source()), project(id.get()), 0);
        }
    }

    /** Asked for each directory that is deleted. File systems do not get project quotas while they are mounted. */
    private boolean isPossible() throws IOException {
        Boolean known = possible;
        if (known == null) {
            known = mount().superOptions().contains(ENABLED);
            possible = known;
        }
        return known;
    }

    private long projectOf(Path directory) throws IOException {
        Path fs = SnapshotDirectories.fs(directory);
        return Files.isDirectory(fs) ? quota.projectOf(fs) : 0;
    }

    private static Optional<Long> id(Path directory) {
        try {
            return Optional.of(Long.parseLong(directory.getFileName().toString()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static long project(long id) {
        return FIRST_PROJECT + 1 + id % (PROJECTS - 1);
    }

    private Mount mount() throws IOException {
        String device = Statx.of(root).dev().toString();
        return mounted.table().ofDevice(device).stream()
                .findFirst()
                .orElseThrow(
                        () -> new IOException("no mount of device " + device + ", where " + root + " is, is seen"));
    }
}
