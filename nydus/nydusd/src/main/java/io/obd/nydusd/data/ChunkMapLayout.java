package io.obd.nydusd.data;

/**
 * A file {@code <blob>.blob.data.chunk_map}: which chunks of a blob are in its data file. Numbers are little-endian.
 *
 * <pre>
 *    0 u32 magic   4 u32 version   8 u32 magic   12 u32 all chunks are there, or 0   16 … 4096 zero
 * 4096 a bit for each chunk, the first in the highest bit of the first byte
 * </pre>
 */
final class ChunkMapLayout {
    static final int HEADER = 4096;

    static final int MAGIC = 0;
    static final int VERSION = 4;
    static final int SECOND_MAGIC = 8;
    static final int ALL_READY = 12;

    static final int MAGIC_VALUE = 0x424D4150;
    static final int VERSION_VALUE = 1;
    static final int SECOND_MAGIC_VALUE = 0x434D4150;
    static final int ALL_READY_VALUE = 0x4D4D4150;

    private ChunkMapLayout() {}

    /** Bytes of the file. */
    static long size(int chunks) {
        return HEADER + (chunks + 7L) / 8;
    }

    /** Where the bit of a chunk is. */
    static long at(int chunk) {
        return HEADER + (long) (chunk >>> 3);
    }

    /** The bit of a chunk in its byte. */
    static int bit(int chunk) {
        return 0x80 >>> (chunk & 7);
    }
}
