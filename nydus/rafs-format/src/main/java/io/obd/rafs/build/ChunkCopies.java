package io.obd.rafs.build;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.data.BlobFormat;
import io.obd.rafs.data.BlobWriter;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Chunks of an image in new blobs. They are copied as they are stored, but not before they were seen to have their digests. */
final class ChunkCopies {
    private final Bootstrap image;
    private final ChunkReader chunks;
    private final Map<Chunk, Chunk> copies = new HashMap<>();

    /** @param chunks of the image, whose digests it verifies */
    ChunkCopies(Bootstrap image, ChunkReader chunks) {
        this.image = image;
        this.chunks = chunks;
    }

    /** Whether a blob has its chunks apart: they cannot be copied if they are compressed together, or are part of a layer. */
    static boolean canCopy(BlobInfo blob) {
        return !blob.features().isZran()
                && !blob.features().hasBatches()
                && !blob.features().isTarfs()
                && !blob.features().isSeparate();
    }

    /**
     * Writes a blob.
     *
     * @param wanted its chunks, in order
     * @param index that it will have in the image
     * @param like a blob that it is to be like; all chunks are of blobs of that compressor and digester
     */
    BlobInfo write(Collection<Chunk> wanted, int index, BlobInfo like, OutputStream out) throws IOException {
        ImageFormat format = new ImageFormat(
                image.version(),
                like.compressor(),
                like.digester(),
                image.chunkSize(),
                image.flags().hasOwners());
        ByteBuffer content = ByteBuffer.allocateDirect(image.chunkSize());
        try (BlobWriter writer =
                new BlobWriter(out, new BlobFormat(format, like.features().isAligned(), 0, false, false), index)) {
            for (Chunk chunk : wanted) {
                chunks.read(chunk, content.clear());
                ByteBuffer stored = ByteBuffer.allocate(chunk.compressedSize());
                chunks.blob(chunk.blob()).read(chunk.compressedOffset(), stored);
                copies.put(chunk, writer.copy(chunk, stored.flip()));
            }
            return writer.finishChunks().orElseThrow();
        }
    }

    /** The copy of a chunk, or the chunk itself if it was not copied. */
    Chunk of(Chunk chunk) {
        return copies.getOrDefault(chunk, chunk);
    }

    boolean has(Chunk chunk) {
        return copies.containsKey(chunk);
    }
}
