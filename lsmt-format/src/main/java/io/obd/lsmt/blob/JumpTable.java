package io.obd.lsmt.blob;

import java.util.Arrays;

/**
 * Where each compressed block starts. Grows at the end.
 *
 * <p>Implementation: a position in 64 bits for every {@value #GROUP} blocks and 32 bits relative to it for each block:
 * 4.5 bytes a block, answers in constant time.
 */
final class JumpTable {
    private static final int GROUP = 16;

    private long[] groups = new long[16];
    private int[] relative = new int[GROUP * groups.length];
    private int count;
    private long end;

    /** @param start byte position of the first block */
    JumpTable(long start) {
        this.end = start;
    }

    /** Number of blocks. */
    int count() {
        return count;
    }

    /** Byte position after the last block. */
    long end() {
        return end;
    }

    /** Byte position of a block; of the end for the number of blocks. */
    long offset(int block) {
        return block == count ? end : groups[block / GROUP] + relative[block];
    }

    /** Stored bytes of a block, its CRC included. */
    int length(int block) {
        return (int) (offset(block + 1) - offset(block));
    }

    /** Adds a block of {@code length} stored bytes. */
    void add(int length) {
        if (count == relative.length) {
            groups = Arrays.copyOf(groups, Math.multiplyExact(groups.length, 2));
            relative = Arrays.copyOf(relative, Math.multiplyExact(relative.length, 2));
        }
        if (count % GROUP == 0) {
            groups[count / GROUP] = end;
        }
        relative[count] = (int) (end - groups[count / GROUP]);
        count++;
        end += length;
    }
}
