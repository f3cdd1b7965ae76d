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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The content of an image that is kept nowhere but, a little of it, in memory. A chunk that is stored as it is is checked
 * once, and then read in parts.
 */
public final class DirectContent implements Content {
    private static final long KEPT_BYTES = 32 << 20;
    private static final int IDLE_BUFFERS = 4;

    private final ChunkReader reader;
    private final boolean isPartial;
    private final CacheCounters counters = new CacheCounters();
    private final Pool<ByteBuffer> buffers;
    private final Map<Long, Decompressed> kept;
    private final BitSet[] checked;

    /** A chunk in memory, or on its way there: who wants it meanwhile waits at the lock. */
    private static final class Decompressed {
        private final ReentrantLock lock = new ReentrantLock();
        private byte[] bytes = new byte[0];
    }

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
        int most = (int) Math.max(1, KEPT_BYTES / image.chunkSize());
        this.kept = new LinkedHashMap<>(most, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Decompressed> eldest) {
                return size() > most;
            }
        };
    }

    @Override
    public void read(Chunk chunk, int from, ByteBuffer dst) throws IOException {
        counters.total.increment();
        if (isPartial && !chunk.isCompressed()) {
            check(chunk);
            reader.blob(chunk.blob()).read(chunk.compressedOffset() + from, dst);
            return;
        }
        Decompressed content;
        synchronized (kept) {
            content = kept.computeIfAbsent(key(chunk), _ -> new Decompressed());
        }
        content.lock.lock();
        try {
            if (content.bytes.length == 0) {
                content.bytes = load(chunk);
            } else {
                counters.wholeHits.increment();
            }
            dst.put(content.bytes, from, dst.remaining());
        } finally {
            content.lock.unlock();
        }
    }

    private static long key(Chunk chunk) {
        return ((long) chunk.blob() << Integer.SIZE) | chunk.index();
    }

    private void check(Chunk chunk) throws IOException {
        BitSet known = checked[chunk.blob()];
        synchronized (known) {
            if (known.get(chunk.index())) {
                return;
            }
        }
        var _ = load(chunk);
        synchronized (known) {
            known.set(chunk.index());
        }
    }

    private byte[] load(Chunk chunk) throws IOException {
        ByteBuffer buffer = buffers.take();
        try {
            reader.read(chunk, buffer.clear());
            byte[] bytes = new byte[chunk.uncompressedSize()];
            buffer.flip().get(bytes);
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
