package io.obd.lsmt.blob;

import io.obd.block.Codec;

/**
 * How a ZFile is compressed. Every block is followed by a checksum.
 *
 * @param codec the compression: LZ4 or ZSTD
 * @param blockSize bytes that are compressed together: a power of two from 4096 to 65536. Of 65536 bytes those blocks are
 *     refused that do not become shorter, since the original cannot read them.
 * @param headerOverwritten whether the header is written again at the end with the index fields, which saves readers the
 *     trailer
 * @param threads how many threads compress; the file is the same for every number. One means the thread that writes.
 */
public record ZFileOptions(Codec codec, int blockSize, boolean headerOverwritten, int threads) {
    static final int MIN_BLOCK_SIZE = 4096;
    static final int MAX_BLOCK_SIZE = 65536;

    /** The most threads. */
    public static final int MAX_THREADS = 64;

    /** LZ4 in blocks of 4096 bytes, with a complete header, by one thread. */
    public static final ZFileOptions DEFAULT = new ZFileOptions(Codec.LZ4, MIN_BLOCK_SIZE);

    public ZFileOptions {
        if (codec != Codec.LZ4 && codec != Codec.ZSTD) {
            throw new IllegalArgumentException("the blocks of a ZFile are LZ4 or ZSTD, not " + codec);
        }
        if (!isBlockSize(blockSize)) {
            throw new IllegalArgumentException(
                    "block size " + blockSize + " is no power of two from " + MIN_BLOCK_SIZE + " to " + MAX_BLOCK_SIZE);
        }
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException(threads + " threads are not 1 to " + MAX_THREADS);
        }
    }

    /** With a complete header, by one thread. */
    public ZFileOptions(Codec codec, int blockSize) {
        this(codec, blockSize, true, 1);
    }

    public ZFileOptions withHeaderOverwritten(boolean overwritten) {
        return new ZFileOptions(codec, blockSize, overwritten, threads);
    }

    public ZFileOptions withThreads(int newThreads) {
        return new ZFileOptions(codec, blockSize, headerOverwritten, newThreads);
    }

    static boolean isBlockSize(int size) {
        return size >= MIN_BLOCK_SIZE && size <= MAX_BLOCK_SIZE && Integer.bitCount(size) == 1;
    }
}
