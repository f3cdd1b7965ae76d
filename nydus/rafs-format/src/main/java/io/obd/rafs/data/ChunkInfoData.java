package io.obd.rafs.data;

import io.obd.block.BlobReader;
import io.obd.block.BlockDecompressor;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.block.MalformedBlockException;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.ChunkInfoTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The chunk information of a blob, decompressed, and its header. Caches have it in a file {@code <blob>.blob.meta}, the
 * data padded to blocks of 4096 bytes and then the header.
 *
 * @param name of the blob or file that it was read from
 * @param header 4096 bytes, as they were read
 * @param data records of chunks and what they refer to
 */
record ChunkInfoData(String name, ByteBuffer header, ByteBuffer data) {
    private static final String SUFFIX = ".blob.meta";
    private static final int BLOCK = 4096;
    private static final long LARGEST = 1L << 30;

    /** Reads it from the blob that has it. */
    static ChunkInfoData fetch(BlobInfo info, ChunkInfoTable table, BlobSource blobs) throws IOException {
        try (BlobReader blob = blobs.open(table.blobId())) {
            if (table.uncompressedSize() > LARGEST || table.compressedSize() > table.uncompressedSize()) {
                throw new CorruptBlobException(
                        blob.name(), table.offset(), "chunk information of " + table.uncompressedSize() + " bytes");
            }
            ByteBuffer header = header(blob, table.offset() + table.compressedSize(), info, table);
            ByteBuffer data = ByteBuffer.allocateDirect((int) table.uncompressedSize());
            decompress(blob, table, data);
            String name = blob.name() + " (chunk information)";
            return new ChunkInfoData(name, header, data.flip().order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    private static ByteBuffer header(BlobReader blob, long at, BlobInfo info, ChunkInfoTable table) throws IOException {
        if (at < 0 || at > blob.size() - ChunkInfoHeader.SIZE) {
            throw new CorruptBlobException(
                    blob.name(), at, "the header of chunk information is not in the blob, which has " + blob.size());
        }
        ByteBuffer header = ByteBuffer.allocate(ChunkInfoHeader.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        blob.read(at, header);
        var _ = ChunkInfoHeader.decode(blob.name(), at, header.flip(), info, table);
        return header;
    }

    /** Reads the records and contexts. */
    static void decompress(BlobReader blob, ChunkInfoTable table, ByteBuffer data) throws IOException {
        @Nullable Codec codec = table.compressor().codec();
        if (codec == null || table.compressedSize() == table.uncompressedSize()) {
            blob.read(table.offset(), data);
            return;
        }
        ByteBuffer stored = ByteBuffer.allocateDirect((int) table.compressedSize());
        blob.read(table.offset(), stored);
        try (BlockDecompressor decompressor = codec.newDecompressor()) {
            decompressor.decompress(stored.flip(), data);
        } catch (MalformedBlockException e) {
            throw new CorruptBlobException(blob.name(), table.offset(), "chunk information: " + e.getMessage());
        }
        if (data.hasRemaining()) {
            throw new CorruptBlobException(
                    blob.name(), table.offset(), "chunk information with " + data.remaining() + " bytes too few");
        }
    }

    /**
     * Reads it from a cache. Bootstrap layers name it after the blob that it is from, where that is another one.
     *
     * @return nothing if there is no such file
     * @throws CorruptBlobException if it is that of something else
     */
    static Optional<ChunkInfoData> load(Path directory, BlobInfo info, ChunkInfoTable table) throws IOException {
        Optional<ChunkInfoData> own = loadFile(file(directory, info.id()), info, table);
        return own.isPresent() ? own : loadFile(file(directory, table.blobId()), info, table);
    }

    private static Optional<ChunkInfoData> loadFile(Path path, BlobInfo info, ChunkInfoTable table) throws IOException {
        try (FileBlob file = FileBlob.open(path)) {
            long at = padded(table.uncompressedSize());
            if (file.size() != at + ChunkInfoHeader.SIZE || at > LARGEST) {
                throw new CorruptBlobException(
                        file.name(), file.size(), "chunk information of " + table.uncompressedSize() + " bytes");
            }
            ByteBuffer header = header(file, at, info, table);
            ByteBuffer data = ByteBuffer.allocateDirect((int) table.uncompressedSize());
            file.read(0, data);
            return Optional.of(
                    new ChunkInfoData(file.name(), header, data.flip().order(ByteOrder.LITTLE_ENDIAN)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /** Writes it to a cache. */
    void save(Path directory, BlobInfo info) throws IOException {
        Path file = file(directory, info.id());
        Path whole = Files.createTempFile(directory, info.id(), SUFFIX + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(whole, StandardOpenOption.WRITE)) {
                write(channel, data.duplicate(), 0);
                write(channel, header.duplicate(), padded(data.limit()));
                channel.force(false);
            }
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(whole);
        }
    }

    private static void write(FileChannel channel, ByteBuffer bytes, long offset) throws IOException {
        long at = offset;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    static Path file(Path directory, String blob) {
        return directory.resolve(blob + SUFFIX);
    }

    private static long padded(long size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }
}
