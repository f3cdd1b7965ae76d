package io.obd.lsmt.blob;

import io.obd.block.Codec;

/**
 * How a ZFile is compressed. Every block is followed by a checksum.
 *
 * @param codec the compression
 * @param blockSize bytes that are compressed together: a power of two from 4096 to 65536. The original cannot read back
 *     blocks of 65536 bytes that do not compress.
 */
public record ZFileOptions(Codec codec, int blockSize) {
    static final int MIN_BLOCK_SIZE = 4096;
    static final int MAX_BLOCK_SIZE = 65536;

    /** LZ4 in blocks of 4096 bytes. */
    public static final ZFileOptions DEFAULT = new ZFileOptions(Codec.LZ4, MIN_BLOCK_SIZE);

    public ZFileOptions {
        if (!isBlockSize(blockSize)) {
            throw new IllegalArgumentException(
                    "block size " + blockSize + " is no power of two from " + MIN_BLOCK_SIZE + " to " + MAX_BLOCK_SIZE);
        }
    }

    static boolean isBlockSize(int size) {
        return size >= MIN_BLOCK_SIZE && size <= MAX_BLOCK_SIZE && Integer.bitCount(size) == 1;
    }
}
