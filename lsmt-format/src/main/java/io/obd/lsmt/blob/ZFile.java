package io.obd.lsmt.blob;

import static io.obd.lsmt.blob.ZFileHeader.DATA_FILE;
import static io.obd.lsmt.blob.ZFileHeader.DIGESTS;
import static io.obd.lsmt.blob.ZFileHeader.HEADER;
import static io.obd.lsmt.blob.ZFileHeader.OVERWRITTEN;
import static io.obd.lsmt.blob.ZFileHeader.SEALED;

import io.obd.block.BlobReader;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.Crc32c;
import io.obd.block.MalformedBlockException;
import io.obd.block.Pool;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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

    /** Room that the original leaves for a block that does not compress. */
    private static final int BLOCK_SLACK = 512;

    private static final int DECODERS = 8;
    private static final int TABLE_CHUNK = 1 << 20;
    private static final long MAX_BLOCKS = 1_000_000_000;

    private final BlobReader source;
    private final String name;
    private final long size;
    private final int blockSize;
    private final boolean checksums;
    private final JumpTable table;
    private final Pool<BlockDecoder> decoders;

    private ZFile(BlobReader source, ZFileHeader header, Codec codec, JumpTable table) {
        this.source = source;
        this.name = source.name() + " (uncompressed)";
        this.size = header.originalSize();
        this.blockSize = header.blockSize();
        this.checksums = header.verify();
        this.table = table;
        int capacity = Math.max(RUN, maxStoredLength(header));
        this.decoders = new Pool<>(
                DECODERS, () -> new BlockDecoder(codec, blockSize, capacity, header.verify()), BlockDecoder::close);
    }

    /** Whether {@code source} starts as a ZFile does. */
    public static boolean isPresent(BlobReader source) throws IOException {
        if (source.size() < ZFileHeader.SIZE) {
            return false;
        }
        ByteBuffer block = read(source, 0, ZFileHeader.SIZE);
        return ZFileHeader.isPresent(block) && ZFileHeader.decode(block).has(HEADER);
    }

    /**
     * Opens a ZFile.
     *
     * @param source closed with the result; not closed when this fails
     * @throws CorruptBlobException if a check of header, trailer or jump table fails
     */
    public static ZFile open(BlobReader source) throws IOException {
        ZFileHeader header = header(source);
        long limit = source.size();
        long position = 0;
        if (!header.has(OVERWRITTEN)) {
            limit -= ZFileHeader.SIZE;
            position = limit;
            header = trailer(source, limit);
        }
        Codec codec = check(header, source, position, limit);
        return new ZFile(source, header, codec, table(header, source, position));
    }

    private static ZFileHeader header(BlobReader source) throws IOException {
        if (source.size() < ZFileHeader.SIZE) {
            throw new CorruptBlobException(
                    source.name(), 0, "ZFile header: " + ZFileHeader.SIZE + " bytes wanted, file has " + source.size());
        }
        ZFileHeader header = decode(source, "header", 0);
        if (!header.has(HEADER)) {
            throw new CorruptBlobException(
                    source.name(),
                    ZFileHeader.FLAGS_OFFSET,
                    "ZFile header: flags " + flags(header) + " are a trailer's");
        }
        return header;
    }

    private static ZFileHeader trailer(BlobReader source, long position) throws IOException {
        if (position < ZFileHeader.SIZE) {
            throw new CorruptBlobException(source.name(), 0, "ZFile trailer: no room for one");
        }
        ZFileHeader trailer = decode(source, "trailer", position);
        if (trailer.has(HEADER) || !trailer.has(DATA_FILE) || !trailer.has(SEALED)) {
            throw new CorruptBlobException(
                    source.name(),
                    position + ZFileHeader.FLAGS_OFFSET,
                    "ZFile trailer: flags " + flags(trailer) + " are not those of a sealed data file's trailer");
        }
        return trailer;
    }

    private static ZFileHeader decode(BlobReader source, String what, long position) throws IOException {
        ByteBuffer block = read(source, position, ZFileHeader.SIZE);
        if (!ZFileHeader.isPresent(block)) {
            throw new CorruptBlobException(source.name(), position, "ZFile " + what + ": magic not found");
        }
        int size = ZFileHeader.statedSize(block);
        if (size != ZFileHeader.USED) {
            throw new CorruptBlobException(
                    source.name(),
                    position + ZFileHeader.SIZE_OFFSET,
                    "ZFile " + what + ": size is " + size + ", not " + ZFileHeader.USED);
        }
        ZFileHeader header = ZFileHeader.decode(block);
        if (header.has(DIGESTS)) {
            int expected = ZFileHeader.statedDigest(block);
            int found = ZFileHeader.digest(block);
            if (found != expected) {
                throw new CorruptBlobException(
                        source.name(),
                        position + ZFileHeader.DIGEST_OFFSET,
                        String.format("ZFile %s: digest is %08x, stored is %08x", what, found, expected));
            }
        }
        return header;
    }

    private static Codec check(ZFileHeader header, BlobReader source, long position, long limit)
            throws CorruptBlobException {
        HeaderChecks checks = new HeaderChecks(source.name(), position);
        checks.that(
                ZFileOptions.isBlockSize(header.blockSize()),
                ZFileHeader.BLOCK_SIZE_OFFSET,
                "block_size is " + Integer.toUnsignedString(header.blockSize())
                        + ", not a power of two from 4096 to 65536");
        checks.that(
                !header.usesDictionary() && header.dictionarySize() == 0,
                ZFileHeader.USE_DICTIONARY_OFFSET,
                "it uses a dictionary, which no known writer makes");
        checks.that(
                header.originalSize() >= 0,
                ZFileHeader.ORIGINAL_SIZE_OFFSET,
                "original_file_size is " + Long.toUnsignedString(header.originalSize()));
        checks.that(
                header.indexSize() >= 0 && header.indexSize() <= MAX_BLOCKS,
                ZFileHeader.INDEX_SIZE_OFFSET,
                "index_size is " + Long.toUnsignedString(header.indexSize()) + ", the limit is " + MAX_BLOCKS);
        long blocks = Math.ceilDiv(header.originalSize(), (long) header.blockSize());
        checks.that(
                header.indexSize() == blocks,
                ZFileHeader.INDEX_SIZE_OFFSET,
                "index_size is " + header.indexSize() + ", but original_file_size makes " + blocks + " blocks");
        checks.that(
                header.indexOffset() >= ZFileHeader.SIZE
                        && header.indexOffset() <= limit
                        && header.indexSize() * Integer.BYTES <= limit - header.indexOffset(),
                ZFileHeader.INDEX_OFFSET_OFFSET,
                "jump table of " + header.indexSize() + " entries at byte "
                        + Long.toUnsignedString(header.indexOffset()) + " does not lie before byte " + limit);
        checks.that(
                header.algorithm() == ZFileHeader.LZ4 || header.algorithm() == ZFileHeader.ZSTD,
                ZFileHeader.ALGORITHM_OFFSET,
                "algo is " + header.algorithm() + ", neither lz4 (1) nor zstd (2)");
        return header.algorithm() == ZFileHeader.LZ4 ? Codec.LZ4 : Codec.ZSTD;
    }

    private static JumpTable table(ZFileHeader header, BlobReader source, long position) throws IOException {
        int minimum = header.verify() ? Integer.BYTES : 0;
        int maximum = maxStoredLength(header);
        JumpTable table = new JumpTable(ZFileHeader.SIZE);
        Crc32c crc = new Crc32c(0);
        long end = header.indexOffset() + header.indexSize() * Integer.BYTES;
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(TABLE_CHUNK, end - header.indexOffset()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long at = header.indexOffset(); at < end; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
            source.read(at, chunk);
            crc.update(chunk.flip());
            for (int i = 0; i < chunk.limit(); i += Integer.BYTES) {
                int length = chunk.getInt(i);
                if (length <= minimum || length > maximum) {
                    throw new CorruptBlobException(
                            source.name(),
                            at + i,
                            "ZFile jump table: block " + table.count() + " has " + Integer.toUnsignedString(length)
                                    + " bytes, not " + (minimum + 1) + " to " + maximum);
                }
                table.add(length);
            }
        }
        if (header.has(DIGESTS) && crc.value() != header.indexCrc()) {
            throw new CorruptBlobException(
                    source.name(),
                    header.indexOffset(),
                    String.format(
                            "ZFile jump table: CRC is %08x, stored at byte %d is %08x",
                            crc.value(), position + ZFileHeader.INDEX_CRC_OFFSET, header.indexCrc()));
        }
        if (table.end() > header.indexOffset()) {
            throw new CorruptBlobException(
                    source.name(),
                    header.indexOffset(),
                    "ZFile jump table: blocks end at byte " + table.end() + ", after the start of the table");
        }
        return table;
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

    private static int maxStoredLength(ZFileHeader header) {
        return header.blockSize() + BLOCK_SLACK + (header.verify() ? Integer.BYTES : 0);
    }

    private static String flags(ZFileHeader header) {
        return "0x" + Long.toHexString(header.flags());
    }

    private static ByteBuffer read(BlobReader source, long position, int length) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(length);
        source.read(position, block);
        return block.flip();
    }

    private record HeaderChecks(String blob, long position) {
        void that(boolean holds, int field, String otherwise) throws CorruptBlobException {
            if (!holds) {
                throw new CorruptBlobException(blob, position + field, "ZFile: " + otherwise);
            }
        }
    }
}
