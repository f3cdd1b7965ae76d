package io.obd.fuse;

import java.nio.ByteBuffer;

/**
 * struct fuse_out_header, which begins each answer.
 *
 * <pre>
 * 0 u32 length of the answer with this header   4 s32 0 or a negative error number   8 u64 unique number of the request
 * </pre>
 */
final class OutHeader {
    private static final int LENGTH_OF_ANSWER = 0;
    private static final int ERROR = 4;
    private static final int UNIQUE = 8;
    static final int LENGTH = 16;

    private OutHeader() {}

    /** Writes the header at the buffer's beginning and makes the whole answer what remains in the buffer. */
    static void put(ByteBuffer answer, int length, int error, long unique) {
        answer.clear().limit(length);
        answer.putInt(LENGTH_OF_ANSWER, length);
        answer.putInt(ERROR, -error);
        answer.putLong(UNIQUE, unique);
    }
}
