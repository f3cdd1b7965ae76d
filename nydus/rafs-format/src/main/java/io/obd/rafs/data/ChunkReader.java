package io.obd.rafs.data;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.Pool;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads chunks of an image out of its blobs. Many threads may read at once. A blob is opened when the first of its
 * chunks is read.
 *
 * <p>Content is compared with its CRC-32C where the image has one, and with its digest on demand.
 */
public final class ChunkReader implements Closeable {
    private static final int IDLE_BUFFERS = 8;

    private final List<BlobChunks> blobs = new ArrayList<>();
    private final ChunkCheck check;
    private final Pool<ByteBuffer> buffers;

    /**
     * @param source where the blobs are
     * @param verifyDigests whether all content has to have its digest
     */
    public ChunkReader(Bootstrap image, BlobSource source, boolean verifyDigests) {
        this(image, source, verifyDigests, null);
    }

    /**
     * @param source where the blobs are
     * @param verifyDigests whether all content has to have its digest
     * @param cache existing directory in which chunk information of blobs is kept, null for nowhere
     */
    public ChunkReader(Bootstrap image, BlobSource source, boolean verifyDigests, @Nullable Path cache) {
        for (BlobInfo blob : image.blobs()) {
            blobs.add(new BlobChunks(blob, source, cache));
        }
        check = new ChunkCheck(verifyDigests && !image.flags().isTarfs());
        buffers = new Pool<>(IDLE_BUFFERS, () -> ByteBuffer.allocateDirect(image.chunkSize()), _ -> {});
    }

    /**
     * Reads a chunk as a whole.
     *
     * @param dst gets {@link Chunk#uncompressedSize} bytes
     * @throws CorruptBlobException if the stored bytes are not the chunk
     * @throws IOException if the blob cannot be opened or read
     */
    public void read(Chunk chunk, ByteBuffer dst) throws IOException {
        if (dst.isDirect()) {
            ByteBuffer own = dst.slice(dst.position(), chunk.uncompressedSize());
            readDirect(chunk, own);
            dst.position(dst.position() + chunk.uncompressedSize());
            return;
        }
        ByteBuffer buffer = buffers.take();
        try {
            readDirect(chunk, buffer.clear().limit(chunk.uncompressedSize()));
            dst.put(buffer.flip());
        } finally {
            buffers.give(buffer);
        }
    }

    /**
     * Reads a chunk as a whole out of stored bytes that were fetched before.
     *
     * @param stored what was read of the chunk's blob, at the same offsets
     * @param dst direct; gets {@link Chunk#uncompressedSize} bytes
     * @throws CorruptBlobException if the stored bytes are not the chunk
     * @throws IOException if they cannot be read
     */
    public void read(Chunk chunk, BlobReader stored, ByteBuffer dst) throws IOException {
        BlobChunks blob = blobs.get(chunk.blob());
        ByteBuffer own = dst.slice(dst.position(), chunk.uncompressedSize());
        blob.read(chunk, stored, own);
        check.verify(chunk, blob.info(), stored.name(), own.duplicate().flip());
        dst.position(dst.position() + chunk.uncompressedSize());
    }

    /**
     * The blob of that index, which is opened when it is first asked for and closed with this.
     *
     * @throws IOException if it cannot be opened
     */
    public BlobReader blob(int index) throws IOException {
        return blobs.get(index).open();
    }

    /**
     * Has the chunk information of a blob in the cache, if the blob has any: other programs that use the cache need it, also
     * where this does not.
     *
     * @throws IOException if it cannot be had
     */
    public void keepChunkInfo(int index) throws IOException {
        blobs.get(index).keepChunkInfo();
    }

    /**
     * Writes the chunk information of a blob, if it has any, to a directory as caches have it.
     *
     * @throws IOException if it cannot be read or written
     */
    public void saveChunkInfo(int index, Path directory) throws IOException {
        blobs.get(index).saveChunkInfo(directory);
    }

    /**
     * Compares content with what the image says of a chunk, its digest included.
     *
     * @throws CorruptBlobException if it is not that chunk
     */
    public void verify(Chunk chunk, ByteBuffer content) throws CorruptBlobException {
        BlobInfo blob = blobs.get(chunk.blob()).info();
        check.verify(chunk, blob, blob.id(), content);
    }

    private void readDirect(Chunk chunk, ByteBuffer dst) throws IOException {
        BlobChunks blob = blobs.get(chunk.blob());
        blob.read(chunk, dst);
        check.verify(chunk, blob.info(), blob.open().name(), dst.duplicate().flip());
    }

    @Override
    public void close() throws IOException {
        buffers.close();
        for (BlobChunks blob : blobs) {
            blob.close();
        }
    }
}
