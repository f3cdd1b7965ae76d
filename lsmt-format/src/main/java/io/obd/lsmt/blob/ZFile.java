package io.obd.lsmt.blob;

import io.obd.block.BlobReader;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import io.obd.block.Pool;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The uncompressed view of a ZFile: a stream compressed in blocks of a fixed size, with a jump table that says where each
 * one is.
 *
 * <p>A block whose CRC is wrong or that does not decompress is reported to the source with {@link BlobReader#discard}
 * and read once more if that helped.
 */
public final class ZFile implements BlobReader {
    /** Stored bytes are read in runs of up to this many, more where one block is longer. */
    private static final int RUN = 64 << 10;

    private static final int DECODERS = 8;

    private final BlobReader source;
    private final String name;
    private final long size;
    private final int blockSize;
    private final Codec codec;
    private final boolean checksums;
    private final JumpTable table;
    private final Pool<BlockDecoder> decoders;

    private ZFile(BlobReader source, ZFileIndex index) {
        ZFileHeader header = index.header();
        this.source = source;
        this.name = source.name() + " (uncompressed)";
        this.size = header.originalSize();
        this.blockSize = header.blockSize();
        this.codec = header.codec();
        this.checksums = header.verify();
        this.table = index.table();
        int capacity = Math.max(RUN, header.maxStoredLength());
        this.decoders = new Pool<>(
                DECODERS, () -> new BlockDecoder(codec, blockSize, capacity, checksums), BlockDecoder::close);
    }

    /** Whether {@code source} starts as a ZFile does. */
    public static boolean isPresent(BlobReader source) throws IOException {
        return ZFileIndex.isPresent(source);
    }

    /**
     * Opens a ZFile.
     *
     * @param source closed with the result; not closed when this fails
     * @throws CorruptBlobException if a check of header, trailer or jump table fails
     */
    public static ZFile open(BlobReader source) throws IOException {
        return new ZFile(source, ZFileIndex.read(source));
    }

    /** How its blocks are compressed. */
    public Codec codec() {
        return codec;
    }

    /** Bytes of an uncompressed block; the last one may be shorter. */
    public int blockSize() {
        return blockSize;
    }

    /** Number of blocks. */
    public int blocks() {
        return table.count();
    }

    /** Whether every block is followed by its CRC. */
    public boolean hasChecksums() {
        return checksums;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        if (offset < 0 || offset > size - dst.remaining()) {
            throw new TruncatedBlobException(name, offset, dst.remaining(), size);
        }
        if (!dst.hasRemaining()) {
            return;
        }
        BlockDecoder decoder = decoders.take();
        try {
            long end = offset + dst.remaining();
            int last = (int) ((end - 1) / blockSize);
            for (int block = (int) (offset / blockSize); block <= last; ) {
                int runEnd = runEnd(block, last, decoder.stored().capacity());
                readStored(block, runEnd, decoder.stored());
                long start = table.offset(block);
                for (; block < runEnd; block++) {
                    decode(decoder, block, start, offset, end, dst);
                }
            }
        } finally {
            decoders.give(decoder);
        }
    }

    /** The end of a run of blocks from {@code first} to at most {@code last} whose stored bytes fit in the buffer. */
    private int runEnd(int first, int last, int capacity) {
        long limit = table.offset(first) + capacity;
        int end = first + 1;
        while (end <= last && table.offset(end + 1) <= limit) {
            end++;
        }
        return end;
    }

    /**
     * Compares every block with the CRC behind it.
     *
     * @throws MissingChecksumsException if the blocks have none
     * @throws CorruptBlobException if a block has another one
     */
    public void verify() throws IOException {
        if (!checksums) {
            throw new MissingChecksumsException(source.name());
        }
        BlockDecoder decoder = decoders.take();
        try {
            for (int block = 0; block < table.count(); ) {
                int runEnd = runEnd(block, table.count() - 1, decoder.stored().capacity());
                readStored(block, runEnd, decoder.stored());
                long start = table.offset(block);
                for (; block < runEnd; block++) {
                    verify(decoder, block, start);
                }
            }
        } finally {
            decoders.give(decoder);
        }
    }

    private void verify(BlockDecoder decoder, int block, long run) throws CorruptBlobException {
        int start = (int) (table.offset(block) - run);
        try {
            decoder.verify(start, start + table.length(block));
        } catch (MalformedBlockException e) {
            throw corrupt(block, e);
        }
    }

    private void readStored(int block, int end, ByteBuffer stored) throws IOException {
        long start = table.offset(block);
        source.read(start, stored.clear().limit((int) (table.offset(end) - start)));
    }

    /** Decodes what is wanted of a block whose stored bytes are in the decoder's buffer, which begins at {@code run}. */
    private void decode(BlockDecoder decoder, int block, long run, long offset, long end, ByteBuffer dst)
            throws IOException {
        long blockStart = (long) block * blockSize;
        int length = (int) Math.min(blockSize, size - blockStart);
        int from = (int) Math.max(0, offset - blockStart);
        int count = (int) Math.min(length, end - blockStart) - from;
        int start = (int) (table.offset(block) - run);
        int stop = start + table.length(block);
        try {
            decoder.decode(start, stop, length, from, count, dst);
        } catch (MalformedBlockException e) {
            if (!source.discard(table.offset(block), table.length(block))) {
                throw corrupt(block, e);
            }
            source.read(table.offset(block), decoder.stored().limit(stop).position(start));
            try {
                decoder.decode(start, stop, length, from, count, dst);
            } catch (MalformedBlockException again) {
                throw corrupt(block, again);
            }
        }
    }

    private CorruptBlobException corrupt(int block, MalformedBlockException e) {
        CorruptBlobException corrupt = new CorruptBlobException(
                source.name(), table.offset(block), "ZFile block " + block + ": " + e.getMessage());
        corrupt.initCause(e);
        return corrupt;
    }

    @Override
    public boolean willNeed(long offset, long length) {
        if (length <= 0 || offset < 0 || offset > size - length) {
            return false;
        }
        long start = table.offset((int) (offset / blockSize));
        long end = table.offset((int) ((offset + length - 1) / blockSize) + 1);
        return source.willNeed(start, end - start);
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
        if (length <= 0 || offset < 0 || offset > size - length) {
            return false;
        }
        long start = table.offset((int) (offset / blockSize));
        long end = table.offset((int) ((offset + length - 1) / blockSize) + 1);
        return source.discard(start, end - start);
    }

    @Override
    public String name() {
        return name;
    }

    /** Ends the use of this view, and leaves the source open. */
    public void release() {
        decoders.close();
    }

    @Override
    public void close() throws IOException {
        release();
        source.close();
    }
}
