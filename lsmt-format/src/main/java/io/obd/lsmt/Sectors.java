package io.obd.lsmt;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The unit of a virtual disk. */
final class Sectors {
    /** Bytes in a sector. */
    static final int SIZE = BlockStore.SECTOR;

    /** Bytes of the largest disk, each sector of which an index entry can name. */
    static final long MAX_SIZE = SegmentLayout.MAX_OFFSET * SIZE;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    private Sectors() {}

    /** Whether a disk can have this size: a number of sectors. */
    static boolean isSize(long bytes) {
        return bytes >= 0 && bytes % SIZE == 0 && bytes < MAX_SIZE;
    }

    /** Refuses a range that is not made of whole sectors of a disk of {@code size} bytes. */
    static void check(long offset, long length, long size) {
        if (offset < 0 || length < 0 || offset > size - length || (offset | length) % SIZE != 0) {
            throw new IllegalArgumentException(
                    length + " bytes at " + offset + " are no whole sectors of a disk of " + size + " bytes");
        }
    }

    /** Appends {@code sectors} of zeros to {@code dst}. */
    static void zero(ByteBuffer dst, int sectors) {
        int end = dst.position() + sectors * SIZE;
        while (dst.position() < end) {
            int count = Math.min(end - dst.position(), ZEROS.capacity());
            dst.put(dst.position(), ZEROS, 0, count).position(dst.position() + count);
        }
    }

    /** Fills the next {@code sectors} of {@code dst} from byte {@code offset} of {@code source}. */
    static void read(DataReader source, long offset, ByteBuffer dst, int sectors) throws IOException {
        int limit = dst.limit();
        dst.limit(dst.position() + sectors * SIZE);
        try {
            source.read(offset, dst);
        } finally {
            dst.limit(limit);
        }
    }
}
