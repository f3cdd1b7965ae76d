package io.obd.nydusify;

import io.obd.block.BlobReader;
import io.obd.block.BlockDecompressor;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import io.obd.rafs.ChunkInfoTable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The chunk information of a blob as a node keeps it in its cache: decompressed, filled up to a block, and the header behind
 * it.
 */
final class ChunkInfoFile {
    private static final int BLOCK = 4096;
    private static final long LARGEST = 1L << 30;

    private ChunkInfoFile() {}

    static ByteBuffer read(BlobReader blob, ChunkInfoTable table) throws IOException {
        if (table.uncompressedSize() > LARGEST || table.compressedSize() > table.uncompressedSize()) {
            throw new CorruptBlobException(
                    blob.name(), table.offset(), "chunk information of " + table.uncompressedSize() + " bytes");
        }
        int size = (int) table.uncompressedSize();
        int padded = size + (-size & (BLOCK - 1));
        ByteBuffer file = ByteBuffer.allocateDirect(padded + BLOCK);
        readTable(blob, table, file.slice(0, size));
        blob.read(table.offset() + table.compressedSize(), file.slice(padded, BLOCK));
        return file;
    }

    private static void readTable(BlobReader blob, ChunkInfoTable table, ByteBuffer dst) throws IOException {
        Codec codec = table.compressor().codec();
        if (codec == null || table.compressedSize() == table.uncompressedSize()) {
            blob.read(table.offset(), dst);
            return;
        }
        ByteBuffer stored = ByteBuffer.allocateDirect((int) table.compressedSize());
        blob.read(table.offset(), stored);
        try (BlockDecompressor decompressor = codec.newDecompressor()) {
            decompressor.decompress(stored.flip(), dst);
        } catch (MalformedBlockException e) {
            throw new CorruptBlobException(blob.name(), table.offset(), "chunk information: " + e.getMessage());
        }
        if (dst.hasRemaining()) {
            throw new CorruptBlobException(
                    blob.name(), table.offset(), "chunk information with " + dst.remaining() + " bytes too few");
        }
    }
}
