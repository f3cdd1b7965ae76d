package io.obd.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Up to 64 granules of a blob in a file: the unit in which space is given back.
 *
 * <p>A granule is written, then its bit is set in memory, and readers see it. The word of bits goes to the file only
 * after a sync of what it speaks of; and a bit that is to go away goes from the file first, and is synced, before the
 * granule may be written again. So whatever a crash leaves behind, a bit in the file means bytes in the file.
 *
 * <p>Reads take no lock. The lock orders opening, syncing and removing.
 */
final class Segment {
    private final Path path;
    private final SegmentLayout.Identity identity;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong present;
    private volatile long lastUse;
    private volatile @Nullable SegmentFile file;
    private volatile boolean retired;
    private SegmentLayout.Presence durable;

    private Segment(Path path, SegmentLayout.Identity identity, SegmentLayout.Presence durable, long lastUse) {
        this.path = path;
        this.identity = identity;
        this.durable = durable;
        this.present = new AtomicLong(durable.granules());
        this.lastUse = lastUse;
    }

    /** A new, empty segment. */
    static Segment create(Path path, SegmentLayout.Identity identity) throws IOException {
        SegmentFile file = SegmentFile.create(path);
        try {
            file.write(SegmentLayout.head(identity), 0);
        } catch (IOException e) {
            file.release();
            Files.deleteIfExists(path);
            throw e;
        }
        Segment segment = new Segment(path, identity, new SegmentLayout.Presence(0, 0), System.currentTimeMillis());
        segment.file = file;
        return segment;
    }

    /**
     * A segment that an earlier run left behind, or null if the file is none of this blob and granule.
     *
     * @param identity with any blob size; the file knows it
     */
    static @Nullable Segment load(Path path, SegmentLayout.Identity identity) throws IOException {
        SegmentFile file = SegmentFile.open(path);
        try {
            if (file.length() < SegmentLayout.DATA) {
                return null;
            }
            ByteBuffer head = SegmentLayout.head(identity).clear();
            file.read(head, 0);
            SegmentLayout.Identity found = new SegmentLayout.Identity(
                    identity.digest(), SegmentLayout.blobSize(head), identity.granule(), identity.index());
            SegmentLayout.Presence presence = SegmentLayout.youngest(head);
            if (!SegmentLayout.isHeadOf(head, found) || file.length() < found.fileLength(presence.granules())) {
                return null;
            }
            return new Segment(
                    path, found, presence, Files.getLastModifiedTime(path).toMillis());
        } finally {
            file.release();
        }
    }

    SegmentLayout.Identity identity() {
        return identity;
    }

    /** Bytes of the granules it holds. */
    long length() {
        return identity.length(present.get());
    }

    /** Milliseconds since the epoch. */
    long lastUse() {
        return lastUse;
    }

    /** Whether somebody has removed its file while it is open: only then it takes space still. */
    boolean isRemoved() {
        return file != null && Files.notExists(path);
    }

    boolean has(int granule) {
        return (present.get() & bit(granule)) != 0;
    }

    /**
     * Fills {@code dst} with bytes of a granule.
     *
     * @return false if the granule is not there
     */
    boolean read(int granule, int offset, ByteBuffer dst) throws IOException {
        if (!has(granule)) {
            return false;
        }
        SegmentFile open = acquire();
        if (open == null) {
            return false;
        }
        try {
            open.read(dst, identity.granuleOffset(granule) + offset);
        } finally {
            open.release();
        }
        lastUse = System.currentTimeMillis();
        return true;
    }

    /**
     * Takes in a whole granule.
     *
     * @return false if it was there already, or the segment has been removed
     */
    boolean write(int granule, ByteBuffer bytes) throws IOException {
        SegmentFile open = acquire();
        if (open == null) {
            return false;
        }
        try {
            if (has(granule)) {
                return false; // nothing need be written; whether this is who takes it in is decided below
            }
            open.write(bytes, identity.granuleOffset(granule));
        } finally {
            open.release();
        }
        lock.lock();
        try {
            if (retired || has(granule)) {
                return false;
            }
            present.set(present.get() | bit(granule));
            lastUse = System.currentTimeMillis();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Makes what has been taken in survive a crash. */
    void flush() throws IOException {
        lock.lock();
        try {
            long word = present.get();
            if (word == durable.granules() || retired) {
                return;
            }
            SegmentFile open = acquireLocked();
            try {
                open.force();
                record(open, word);
            } finally {
                open.release();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Drops granules.
     *
     * @param granules a bit for each
     * @return bytes dropped
     */
    long drop(long granules) throws IOException {
        lock.lock();
        try {
            if (retired) {
                return 0;
            }
            if ((durable.granules() & granules) != 0) {
                SegmentFile open = acquireLocked();
                try {
                    record(open, durable.granules() & ~granules);
                    open.force();
                } finally {
                    open.release();
                }
            }
            return identity.length(present.getAndUpdate(word -> word & ~granules) & granules);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes the file. Who reads it goes on reading; nobody else finds anything.
     *
     * @return bytes given back
     */
    long retire() throws IOException {
        lock.lock();
        try {
            if (retired) {
                return 0;
            }
            retired = true;
            long length = identity.length(present.getAndSet(0));
            closeLocked();
            Files.deleteIfExists(path);
            return length;
        } finally {
            lock.unlock();
        }
    }

    /** Flushes and closes the file; the next use opens it again. */
    void close() throws IOException {
        flush();
        lock.lock();
        try {
            if (!retired) {
                closeLocked();
                Files.setLastModifiedTime(path, FileTime.fromMillis(lastUse));
            }
        } finally {
            lock.unlock();
        }
    }

    private void record(SegmentFile open, long word) throws IOException {
        SegmentLayout.Presence next = new SegmentLayout.Presence(durable.sequence() + 1, word);
        open.write(SegmentLayout.presence(next), SegmentLayout.presenceOffset(next.sequence()));
        durable = next;
    }

    private @Nullable SegmentFile acquire() throws IOException {
        SegmentFile open = file;
        if (open != null && open.acquire()) {
            return open;
        }
        lock.lock();
        try {
            return retired ? null : acquireLocked();
        } finally {
            lock.unlock();
        }
    }

    private SegmentFile acquireLocked() throws IOException {
        SegmentFile open = file;
        if (open == null) {
            open = SegmentFile.open(path);
            file = open;
        }
        if (!open.acquire()) {
            throw new IllegalStateException(path + " was closed by somebody else");
        }
        return open;
    }

    private void closeLocked() {
        SegmentFile open = file;
        file = null;
        if (open != null) {
            open.release();
        }
    }

    private static long bit(int granule) {
        return 1L << granule;
    }
}
