package io.obd.rafs.data;

import io.obd.rafs.BlobFeatures;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Chunk;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;

/** Finds chunks where they are, in a tar that stays as it is and is read as a disk: they have no digests. */
public final class TarfsChunks implements ChunkSink {
    /** Bytes of a block of such a disk; each file of a tar begins with one. */
    private static final int BLOCK = 512;

    private final TarStream tar;
    private final int chunkSize;
    private int chunks;

    /** @param tar read by nobody else than through the content that is added */
    public TarfsChunks(TarStream tar, int chunkSize) {
        this.tar = tar;
        this.chunkSize = chunkSize;
    }

    @Override
    public void add(InputStream file, long size, Consumer<Chunk> placed) throws IOException {
        long start = tar.position();
        if (start % BLOCK != 0) {
            throw new IOException("a file at byte " + start + " of the tar, not at a multiple of " + BLOCK);
        }
        file.skipNBytes(size);
        if (tar.position() - start != size) {
            throw new IOException("a sparse file cannot be referred to: its content is not in the tar");
        }
        for (long at = 0; at < size; at += chunkSize) {
            placed.accept(Chunk.ofTar(0, chunks, start + at, (int) Math.min(chunkSize, size - at)));
            chunks++;
        }
    }

    /**
     * Ends the chunks.
     *
     * @param id identity of the tar
     * @param size bytes of it
     * @return what the bootstrap has to say about it; empty if there is no chunk
     */
    public Optional<BlobInfo> finish(String id, long size) {
        return chunks == 0
                ? Optional.empty()
                : Optional.of(new BlobInfo(
                        0,
                        id,
                        BlobFeatures.ofTarfs(),
                        Compressor.NONE,
                        Digester.SHA256,
                        chunks,
                        chunkSize,
                        size,
                        size / BLOCK * BLOCK,
                        0,
                        Optional.empty(),
                        Optional.empty()));
    }
}
