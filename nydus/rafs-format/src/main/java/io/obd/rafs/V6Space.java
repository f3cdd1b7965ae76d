package io.obd.rafs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Gives away the bytes from the beginning of inodes on. What remains of a block when something is put into the next one is
 * used for what comes later and fits, the least sufficient remainder first, of equal ones that which came first.
 */
final class V6Space {
    private static final int UNUSED = 4096;

    private final int blockSize;
    private final List<Deque<Long>> remainders = new ArrayList<>();
    private long end;

    /** The first bytes are not used: an inode there would have number 0. */
    V6Space(int blockSize) {
        this.blockSize = blockSize;
        this.end = UNUSED;
        for (int slots = 0; slots <= blockSize / V6InodeLayout.SLOT; slots++) {
            remainders.add(new ArrayDeque<>());
        }
    }

    /** Bytes that were given away so far. */
    long end() {
        return end;
    }

    int blockSize() {
        return blockSize;
    }

    /** A place at the end. */
    long append(long size) {
        long at = end;
        end += size;
        return at;
    }

    /** A place in the remainder of a block, or at the end. */
    long place(long size) {
        long at = placeInRemainder(size);
        return at > 0 ? at : append(size);
    }

    /** A place that is in one block. */
    long placeInBlock(long size) {
        long at = placeInRemainder(size);
        if (at > 0) {
            return at;
        }
        if (blockSize - end % blockSize < size) {
            nextBlock();
        }
        return append(size);
    }

    /** What comes next begins a block. */
    void nextBlock() {
        keepRemainder(end);
        align(blockSize);
    }

    /** What comes next begins at a multiple of that. */
    void align(int multiple) {
        end += -end & (multiple - 1);
    }

    private long placeInRemainder(long size) {
        if (size >= blockSize) {
            return 0;
        }
        int least = (int) Math.ceilDiv(size, V6InodeLayout.SLOT);
        for (int slots = least; slots < blockSize / V6InodeLayout.SLOT; slots++) {
            Long block = remainders.get(slots).poll();
            if (block != null) {
                long at = block + blockSize - (long) slots * V6InodeLayout.SLOT;
                keepRemainder(at + (long) least * V6InodeLayout.SLOT);
                return at;
            }
        }
        return 0;
    }

    private void keepRemainder(long at) {
        int used = (int) (at % blockSize);
        if (used != 0) {
            remainders.get((blockSize - used) / V6InodeLayout.SLOT).add(at - used);
        }
    }
}
