package io.obd.tools;

import io.obd.lsmt.LayeredImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/** The blocks in which a copy of a disk differs from the disk. */
final class DiskChanges {
    private static final int BLOCK = 4096;
    private static final int STEP = 256 * BLOCK;

    /** A block costs an index entry besides. */
    private static final int COST = BLOCK + 64;

    private final DiskCopy copy;
    private final BitSet blocks = new BitSet();

    private DiskChanges(DiskCopy copy) {
        this.copy = copy;
    }

    /** Compares the disk with its copy, as far as the copy goes; past its end the disk counts as zeros. */
    static DiskChanges between(LayeredImage disk, DiskCopy copy) throws IOException {
        DiskChanges changes = new DiskChanges(copy);
        ByteBuffer ours = ByteBuffer.allocateDirect(STEP);
        ByteBuffer theirs = ByteBuffer.allocateDirect(STEP);
        for (long at = next(disk, copy, 0); at < copy.size(); at = next(disk, copy, at + STEP)) {
            int length = (int) Math.min(STEP, copy.size() - at);
            copy.read(at, theirs.clear().limit(length));
            read(disk, at, ours.clear().limit(length));
            changes.compare(at, ours.flip(), theirs.flip());
        }
        return changes;
    }

    /** The first step at or after {@code from} in which one of them has data. */
    private static long next(LayeredImage disk, DiskCopy copy, long from) throws IOException {
        long onDisk = from < disk.size() ? disk.nextData(from) : Long.MAX_VALUE;
        return Math.max(from, Math.min(onDisk, copy.nextData(from)) / STEP * STEP);
    }

    private static void read(LayeredImage disk, long offset, ByteBuffer dst) throws IOException {
        int length = dst.limit();
        int present = Math.clamp(disk.size() - offset, 0, length);
        if (present > 0) {
            disk.read(offset, dst.limit(present));
        }
        while (dst.limit(length).hasRemaining()) {
            dst.put((byte) 0);
        }
    }

    private void compare(long offset, ByteBuffer ours, ByteBuffer theirs) {
        for (int at = 0; at < theirs.limit(); at += BLOCK) {
            int length = Math.min(BLOCK, theirs.limit() - at);
            if (ours.slice(at, length).mismatch(theirs.slice(at, length)) >= 0) {
                blocks.set((int) ((offset + at) / BLOCK));
            }
        }
    }

    /** Fails if the file system of the writable layer has no room for the changes. */
    void checkRoom(Path upper) throws IOException {
        long wanted = (long) blocks.cardinality() * COST;
        long usable = Files.getFileStore(upper).getUsableSpace();
        if (wanted > usable) {
            throw new ToolException(upper + ": " + wanted + " bytes are to be written, but only " + usable
                    + " are free there; nothing was changed");
        }
    }

    /** Writes the changes to the disk. The superblock comes last: before it the old file system is still there. */
    void apply(LayeredImage disk) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(STEP);
        int block = blocks.nextSetBit(1);
        while (block >= 0) {
            int end = Math.min(blocks.nextClearBit(block), block + STEP / BLOCK);
            write(disk, block, end, buffer);
            block = blocks.nextSetBit(end);
        }
        disk.flush();
        if (blocks.get(0)) {
            write(disk, 0, 1, buffer);
            disk.flush();
        }
    }

    private void write(LayeredImage disk, int block, int end, ByteBuffer buffer) throws IOException {
        long offset = (long) block * BLOCK;
        copy.read(offset, buffer.clear().limit((end - block) * BLOCK));
        disk.write(offset, buffer.flip());
    }
}
