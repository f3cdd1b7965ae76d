package io.obd.lsmt.blob;

import io.obd.block.BlockCompressor;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.Crc32c;
import io.obd.block.MalformedBlockException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The payload as a ZFile. Memory: the jump table, one block, and one buffer of compressed blocks.
 *
 * <p>A block is read back by way of its place in the jump table; the last one that was read stays decoded, since whoever
 * reads back what it wrote tends to read its neighbour next.
 */
final class ZFileOutput implements Output {
    private static final int BUFFER = 256 << 10;
    private static final int NONE = -1;

    private final OutputFile file;
    private final ZFileOptions options;
    private final BlockCompressor compressor;
    private final BlockDecoder decoder;
    private final Crc32c blockCrc = new Crc32c(BlockDecoder.CRC_SEED);
    private final JumpTable table = new JumpTable(ZFileHeader.SIZE);
    private final int maxStoredLength;

    private final ByteBuffer pending;
    private final ByteBuffer compressed = ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    private long compressedStart = ZFileHeader.SIZE;

    private final ByteBuffer decoded;
    private int decodedBlock = NONE;

    ZFileOutput(OutputFile file, ZFileOptions options) {
        this.file = file;
        this.options = options;
        this.compressor = options.codec().newCompressor();
        this.maxStoredLength = compressor.maxCompressedLength(options.blockSize()) + Integer.BYTES;
        this.decoder = new BlockDecoder(options.codec(), options.blockSize(), maxStoredLength, true);
        this.pending = ByteBuffer.allocateDirect(options.blockSize());
        this.decoded = ByteBuffer.allocateDirect(options.blockSize());
    }

    @Override
    public long position() {
        return (long) table.count() * options.blockSize() + pending.position();
    }

    @Override
    public void write(ByteBuffer src) throws IOException {
        int limit = src.limit();
        while (src.hasRemaining()) {
            if (pending.position() == 0 && src.remaining() >= options.blockSize() && src.isDirect()) {
                compress(src.limit(src.position() + options.blockSize()));
            } else {
                src.limit(src.position() + Math.min(src.remaining(), pending.remaining()));
                pending.put(src);
                if (!pending.hasRemaining()) {
                    compressPending();
                }
            }
            src.limit(limit);
        }
    }

    private void compressPending() throws IOException {
        compress(pending.flip());
        pending.clear();
    }

    private void compress(ByteBuffer block) throws IOException {
        if (compressed.remaining() < maxStoredLength) {
            writeCompressed();
        }
        int start = compressed.position();
        compressor.compress(block, compressed);
        int end = compressed.position();
        int crc = blockCrc.of(compressed.limit(end).position(start));
        compressed.limit(compressed.capacity()).putInt(crc);
        table.add(compressed.position() - start);
    }

    private void writeCompressed() throws IOException {
        compressed.flip();
        int length = compressed.remaining();
        file.write(compressedStart, compressed);
        compressedStart += length;
        compressed.clear();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long position = offset;
        while (dst.hasRemaining()) {
            int block = (int) (position / options.blockSize());
            int from = (int) (position % options.blockSize());
            int count = Math.min(dst.remaining(), options.blockSize() - from);
            ByteBuffer source = block == table.count() ? pending : decoded(block);
            dst.put(dst.position(), source, from, count).position(dst.position() + count);
            position += count;
        }
    }

    private ByteBuffer decoded(int block) throws IOException {
        if (block != decodedBlock) {
            decodedBlock = NONE;
            if (table.offset(block + 1) > compressedStart) {
                writeCompressed();
            }
            int length = table.length(block);
            file.read(table.offset(block), decoder.stored().clear().limit(length));
            try {
                decoder.decode(0, length, options.blockSize(), 0, options.blockSize(), decoded.clear());
            } catch (MalformedBlockException e) {
                throw new CorruptBlobException(
                        file.path().toString(), table.offset(block), "block just written: " + e.getMessage());
            }
            decodedBlock = block;
        }
        return decoded;
    }

    @Override
    public long finish() throws IOException {
        long originalSize = position();
        if (pending.position() > 0) {
            compressPending();
        }
        long indexOffset = table.end();
        int indexCrc = writeTable();
        ZFileHeader trailer = header(
                ZFileHeader.DATA_FILE | ZFileHeader.SEALED | ZFileHeader.DIGESTS, indexOffset, originalSize, indexCrc);
        if (compressed.remaining() < ZFileHeader.SIZE) {
            writeCompressed();
        }
        compressed.put(trailer.encode());
        writeCompressed();
        ZFileHeader header = header(
                ZFileHeader.HEADER | ZFileHeader.DATA_FILE | ZFileHeader.OVERWRITTEN | ZFileHeader.DIGESTS,
                indexOffset,
                originalSize,
                indexCrc);
        file.write(0, header.encode());
        return compressedStart;
    }

    private int writeTable() throws IOException {
        Crc32c crc = new Crc32c(0);
        int entry = 0;
        while (entry < table.count()) {
            writeCompressed();
            for (; entry < table.count() && compressed.hasRemaining(); entry++) {
                compressed.putInt(table.length(entry));
            }
            crc.update(compressed.flip());
            compressed.limit(compressed.capacity());
        }
        return crc.value();
    }

    private ZFileHeader header(long flags, long indexOffset, long originalSize, int indexCrc) {
        int algorithm = options.codec() == Codec.LZ4 ? ZFileHeader.LZ4 : ZFileHeader.ZSTD;
        return new ZFileHeader(
                flags,
                indexOffset,
                table.count(),
                originalSize,
                indexCrc,
                options.blockSize(),
                algorithm,
                0,
                false,
                true);
    }

    @Override
    public void close() {
        compressor.close();
        decoder.close();
    }
}
