package io.obd.lsmt.blob;

import io.obd.block.BlockCompressor;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.Crc32c;
import io.obd.block.MalformedBlockException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The payload as a ZFile. Memory: the jump table, one block, and the {@linkplain CompressionRun runs}: one, or two for
 * each thread.
 *
 * <p>Runs are filled, compressed and written in turn, as a ring; several threads compress several runs at once, and since
 * they are written in the order they were filled in, the file does not depend on the number of threads.
 *
 * <p>What was written is read back from its run, or, when that is in the file already, by way of the jump table. The last
 * block that was read stays decoded, since whoever reads back what it wrote tends to read its neighbour next.
 */
final class ZFileOutput implements Output {
    private static final int RUNS_PER_THREAD = 2;
    private static final int TABLE_CHUNK = 64 << 10;
    private static final int NONE = -1;

    /** Stored blocks longer than this do not fit into the buffer that the original reads them into. */
    private static final int LONGEST_BLOCK = 64 << 10;

    private final Sink sink;
    private final ZFileOptions options;
    private final CompressionRun[] ring;
    private final @Nullable ExecutorService workers;
    private final JumpTable table = new JumpTable(ZFileHeader.SIZE);

    /** Numbers of the run that is filled, and of the first one that is not in the file. */
    private long filling;

    private long unwritten;

    private final BlockDecoder decoder;
    private final ByteBuffer decoded;
    private int decodedBlock = NONE;

    ZFileOutput(Sink sink, ZFileOptions options) throws IOException {
        this(sink, options, options.codec()::newCompressor);
    }

    ZFileOutput(Sink sink, ZFileOptions options, Supplier<BlockCompressor> compressors) throws IOException {
        this.sink = sink;
        this.options = options;
        if (!options.headerOverwritten()) {
            sink.write(0, header(ZFileHeader.HEADER, 0, 0, 0, 0).encode());
        }
        int threads = options.threads();
        this.ring = new CompressionRun[threads == 1 ? 1 : RUNS_PER_THREAD * threads];
        int longest = 0;
        for (int i = 0; i < ring.length; i++) {
            BlockCompressor compressor = compressors.get();
            longest = compressor.maxCompressedLength(options.blockSize()) + Integer.BYTES;
            ring[i] = new CompressionRun(options.blockSize(), compressor);
        }
        this.decoder = new BlockDecoder(options.codec(), options.blockSize(), longest, true);
        this.decoded = ByteBuffer.allocateDirect(options.blockSize());
        this.workers = threads == 1
                ? null
                : Executors.newFixedThreadPool(
                        threads,
                        Thread.ofPlatform().daemon().name("zfile-compress-", 0).factory());
    }

    @Override
    public long position() {
        return filling * CompressionRun.SIZE + run(filling).length();
    }

    @Override
    public void write(ByteBuffer src) throws IOException {
        while (src.hasRemaining()) {
            CompressionRun run = run(filling);
            run.fill(src);
            if (run.isFull()) {
                run.start(workers);
                filling++;
                if (filling - unwritten == ring.length) {
                    writeRun();
                }
            }
        }
    }

    private CompressionRun run(long number) {
        return ring[(int) (number % ring.length)];
    }

    private void writeRun() throws IOException {
        CompressionRun run = run(unwritten);
        for (long number = unwritten; number < filling && !run.isDone(); number++) {
            run(number).help();
        }
        run.await();
        long start = table.end();
        for (int i = 0; i < run.blocks(); i++) {
            int length = run.storedLength(i);
            if (length > LONGEST_BLOCK) {
                throw new BlockTooLongException(
                        sink.name(), table.end(), table.count(), options.blockSize(), length, LONGEST_BLOCK);
            }
            table.add(length);
        }
        sink.write(start, run.stored());
        run.clear();
        unwritten++;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long position = offset;
        while (dst.hasRemaining()) {
            long number = position / CompressionRun.SIZE;
            int count;
            if (number >= unwritten) {
                int from = (int) (position % CompressionRun.SIZE);
                count = Math.min(dst.remaining(), CompressionRun.SIZE - from);
                run(number).read(from, count, dst);
            } else {
                int from = (int) (position % options.blockSize());
                count = Math.min(dst.remaining(), options.blockSize() - from);
                ByteBuffer block = decoded((int) (position / options.blockSize()));
                dst.put(dst.position(), block, from, count).position(dst.position() + count);
            }
            position += count;
        }
    }

    private ByteBuffer decoded(int block) throws IOException {
        if (block != decodedBlock) {
            decodedBlock = NONE;
            int length = table.length(block);
            sink.read(table.offset(block), decoder.stored().clear().limit(length));
            try {
                decoder.decode(0, length, options.blockSize(), 0, options.blockSize(), decoded.clear());
            } catch (MalformedBlockException e) {
                throw new CorruptBlobException(
                        sink.name(), table.offset(block), "block just written: " + e.getMessage());
            }
            decodedBlock = block;
        }
        return decoded;
    }

    @Override
    public long finish() throws IOException {
        long originalSize = position();
        run(filling).start(workers);
        filling++;
        while (unwritten < filling) {
            writeRun();
        }
        long indexOffset = table.end();
        int indexCrc = writeTable(indexOffset);
        long end = indexOffset + (long) table.count() * Integer.BYTES;
        sink.write(
                end,
                header(ZFileHeader.SEALED, indexOffset, table.count(), originalSize, indexCrc)
                        .encode());
        if (options.headerOverwritten()) {
            ZFileHeader header = header(
                    ZFileHeader.HEADER | ZFileHeader.OVERWRITTEN, indexOffset, table.count(), originalSize, indexCrc);
            sink.write(0, header.encode());
        }
        return end + ZFileHeader.SIZE;
    }

    private int writeTable(long start) throws IOException {
        Crc32c crc = new Crc32c(0);
        ByteBuffer chunk = ByteBuffer.allocateDirect(TABLE_CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        long position = start;
        for (int block = 0; block < table.count(); ) {
            chunk.clear();
            for (; block < table.count() && chunk.hasRemaining(); block++) {
                chunk.putInt(table.length(block));
            }
            int length = chunk.position();
            crc.update(chunk.flip());
            sink.write(position, chunk.rewind());
            position += length;
        }
        return crc.value();
    }

    private ZFileHeader header(long flags, long indexOffset, long indexSize, long originalSize, int indexCrc) {
        return new ZFileHeader(
                flags | ZFileHeader.DATA_FILE | ZFileHeader.DIGESTS,
                indexOffset,
                indexSize,
                originalSize,
                indexCrc,
                options.blockSize(),
                options.codec() == Codec.LZ4 ? ZFileHeader.LZ4 : ZFileHeader.ZSTD,
                0,
                false,
                true);
    }

    @Override
    public void close() {
        if (workers != null) {
            workers.close();
        }
        for (CompressionRun run : ring) {
            run.close();
        }
        decoder.close();
    }
}
