package io.obd.nydusd.data;

import io.obd.block.Pool;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;

/**
 * The content of an image that is kept nowhere but, a little of it, in memory. A chunk that is stored as it is is read as a
 * whole and checked once, and in parts if it is wanted again later.
 */
public final class DirectContent implements Content {
    private static final long KEPT_BYTES = 32 << 20;
    private static final int IDLE_BUFFERS = 4;

    private final ChunkReader reader;
    private final boolean isPartial;
    private final CacheCounters counters = new CacheCounters();
    private final Pool<ByteBuffer> buffers;
    private final RecentChunks kept = new RecentChunks(KEPT_BYTES);
    private final BitSet[] checked;

    /**
     * @param source where the blobs are
     * @param verify whether all content has to have its digest
     */
    public DirectContent(Bootstrap image, BlobSource source, boolean verify) {
        this.reader = new ChunkReader(image, source, verify);
        this.isPartial = image.blobs().stream()
                .noneMatch(
                        blob -> blob.features().hasBatches() || blob.features().isZran());
        this.buffers = new Pool<>(IDLE_BUFFERS, () -> ByteBuffer.allocateDirect(image.chunkSize()), _ -> {});
        this.checked = new BitSet[image.blobs().size()];
        for (int i = 0; i < checked.length; i++) {
            checked[i] = new BitSet();
        }
    }

    @Override
    public void read(Chunk chunk, int from, ByteBuffer dst) throws IOException {
        counters.total.increment();
        if (kept.read(chunk, from, dst)) {
            counters.wholeHits.increment();
        } else if (isPartial && !chunk.isCompressed() && isChecked(chunk)) {
            reader.blob(chunk.blob()).read(chunk.compressedOffset() + from, dst);
        } else if (kept.read(chunk, from, dst, this::load)) {
            counters.wholeHits.increment();
        }
    }

    private boolean isChecked(Chunk chunk) {
        BitSet known = checked[chunk.blob()];
        synchronized (known) {
            return known.get(chunk.index());
        }
    }

    private byte[] load(Chunk chunk) throws IOException {
        ByteBuffer buffer = buffers.take();
        try {
            reader.read(chunk, buffer.clear());
            byte[] bytes = new byte[chunk.uncompressedSize()];
            buffer.flip().get(bytes);
            BitSet known = checked[chunk.blob()];
            synchronized (known) {
                known.set(chunk.index());
            }
            return bytes;
        } finally {
            buffers.give(buffer);
        }
    }

    @Override
    public long prefetch(Chunk chunk) {
        return 0; // there is no place to keep it
    }

    @Override
    public CacheCounters counters() {
        return counters;
    }

    @Override
    public List<Path> files() {
        return List.of();
    }

    @Override
    public void close() throws IOException {
        reader.close();
        buffers.close();
    }
}
