package io.obd.rafs.data;

import io.obd.block.BlobReader;
import io.obd.block.BlockDecompressor;
import io.obd.block.Codec;
import io.obd.block.CorruptBlobException;
import io.obd.block.MalformedBlockException;
import io.obd.block.Pool;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Chunk;
import io.obd.rafs.ChunkInfoTable;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The chunks of one blob. */
final class BlobChunks implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(BlobChunks.class);
    private static final int IDLE = 4;

    private final BlobInfo info;
    private final BlobSource source;
    private final @Nullable Path cache;
    private final @Nullable Pool<Decoder> decoders;
    private final ContextCache contexts = new ContextCache();

    private @Nullable BlobReader reader;
    private @Nullable ChunkInfo chunkInfo;

    /** @param cache where chunk information is kept, null for nowhere */
    BlobChunks(BlobInfo info, BlobSource source, @Nullable Path cache) {
        this.info = info;
        this.source = source;
        this.cache = cache;
        Codec codec = info.compressor().codec();
        this.decoders = codec == null ? null : new Pool<>(IDLE, () -> new Decoder(codec, info), Decoder::close);
    }

    /** A decompressor with a buffer for what it reads. */
    private record Decoder(BlockDecompressor decompressor, ByteBuffer stored) {
        Decoder(Codec codec, BlobInfo info) {
            // A chunk that would have grown is stored as it is.
            this(codec.newDecompressor(), ByteBuffer.allocateDirect(info.chunkSize()));
        }

        void close() {
            decompressor.close();
        }
    }

    BlobInfo info() {
        return info;
    }

    /** @param dst direct, with room for the chunk exactly */
    void read(Chunk chunk, ByteBuffer dst) throws IOException {
        read(chunk, open(), dst);
    }

    /**
     * @param blob has the stored bytes of the chunk, or of all that it is compressed with
     * @param dst direct, with room for the chunk exactly
     */
    void read(Chunk chunk, BlobReader blob, ByteBuffer dst) throws IOException {
        if (info.features().isZran() || info.features().hasBatches()) {
            ChunkInfo known = chunkInfo();
            ChunkInfo.Part part = known.part(chunk);
            if (part != null) {
                byte[] content = contexts.get(part.context(), () -> decompress(known.context(part), blob));
                dst.put(content, part.offset(), chunk.uncompressedSize());
                return;
            }
        }
        if (chunk.isCompressed()) {
            decompress(chunk, blob, dst);
        } else {
            blob.read(chunk.compressedOffset(), dst);
        }
    }

    private byte[] decompress(ChunkContext context, BlobReader blob) throws IOException {
        try {
            return context.decompress(blob);
        } catch (MalformedBlockException e) {
            throw new CorruptBlobException(blob.name(), context.offset(), String.valueOf(e.getMessage()));
        }
    }

    private void decompress(Chunk chunk, BlobReader blob, ByteBuffer dst) throws IOException {
        if (decoders == null || chunk.compressedSize() > info.chunkSize()) {
            throw new CorruptBlobException(
                    blob.name(),
                    chunk.compressedOffset(),
                    "chunk " + chunk.index() + " has " + chunk.compressedSize() + " bytes compressed with "
                            + info.compressor());
        }
        Decoder decoder = decoders.take();
        try {
            ByteBuffer stored = decoder.stored().clear().limit(chunk.compressedSize());
            blob.read(chunk.compressedOffset(), stored);
            decoder.decompressor().decompress(stored.flip(), dst);
        } catch (MalformedBlockException e) {
            throw new CorruptBlobException(
                    blob.name(), chunk.compressedOffset(), "chunk " + chunk.index() + ": " + e.getMessage());
        } finally {
            decoders.give(decoder);
        }
        if (dst.hasRemaining()) {
            throw new CorruptBlobException(
                    blob.name(),
                    chunk.compressedOffset(),
                    "chunk " + chunk.index() + " has " + dst.remaining() + " bytes too few");
        }
    }

    /** The blob as its source has it. */
    synchronized BlobReader open() throws IOException {
        if (reader == null) {
            BlobReader opened = source.open(info.id());
            if (opened.size() < info.compressedSize()) {
                opened.close();
                throw new CorruptBlobException(
                        opened.name(),
                        opened.size(),
                        "the blob ends here; the image says that it has " + info.compressedSize() + " bytes");
            }
            reader = opened;
        }
        return reader;
    }

    private synchronized ChunkInfo chunkInfo() throws IOException {
        if (chunkInfo == null) {
            ChunkInfoTable table = info.chunkInfo().orElseThrow();
            chunkInfo = ChunkInfo.of(chunkInfo(table), info, table);
        }
        return chunkInfo;
    }

    /** Has the chunk information of the blob in the cache, if the blob has any. */
    void keepChunkInfo() throws IOException {
        ChunkInfoTable table = info.chunkInfo().orElse(null);
        if (table != null) {
            chunkInfo(table);
        }
    }

    void saveChunkInfo(Path directory) throws IOException {
        ChunkInfoTable table = info.chunkInfo().orElse(null);
        if (table != null) {
            ChunkInfoData.fetch(info, table, source).save(directory, info);
        }
    }

    private ChunkInfoData chunkInfo(ChunkInfoTable table) throws IOException {
        if (cache == null) {
            return ChunkInfoData.fetch(info, table, source);
        }
        try {
            Optional<ChunkInfoData> kept = ChunkInfoData.load(cache, info, table);
            if (kept.isPresent()) {
                return kept.get();
            }
        } catch (CorruptBlobException e) {
            log.warn("{}: it is fetched again", e.getMessage());
        }
        ChunkInfoData fetched = ChunkInfoData.fetch(info, table, source);
        try {
            fetched.save(cache, info);
        } catch (IOException e) {
            log.warn("{} is not kept: {}", ChunkInfoData.file(cache, info.id()), e.getMessage());
        }
        return fetched;
    }

    @Override
    public synchronized void close() throws IOException {
        if (decoders != null) {
            decoders.close();
        }
        if (reader != null) {
            reader.close();
        }
    }
}
