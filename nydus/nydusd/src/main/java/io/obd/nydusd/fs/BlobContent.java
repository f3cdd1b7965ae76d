package io.obd.nydusd.fs;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;

/** The content of a blob as a file: its chunks where they are when all are decompressed, and zeros between them. */
final class BlobContent extends ReadOnlyFile {
    private static final int BLOCK = 4096;

    private final RafsImage image;
    private final BlobInfo blob;
    private final List<Chunk> chunks;
    private final long size;

    BlobContent(RafsImage image, BlobInfo blob) {
        this.image = image;
        this.blob = blob;
        this.chunks = image.bootstrap().chunks().stream()
                .filter(chunk -> chunk.blob() == blob.index())
                .sorted(Comparator.comparingLong(Chunk::uncompressedOffset))
                .toList();
        long end = chunks.isEmpty()
                ? 0
                : chunks.getLast().uncompressedOffset() + chunks.getLast().uncompressedSize();
        this.size = (Math.max(end, blob.uncompressedSize()) + BLOCK - 1) / BLOCK * BLOCK;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        int end = dst.limit();
        long position = offset;
        int next = firstEndingAfter(offset);
        while (dst.position() < end) {
            int left = end - dst.position();
            Chunk chunk = next < chunks.size() ? chunks.get(next) : null;
            if (chunk == null || chunk.uncompressedOffset() > position) {
                int gap = chunk == null ? left : (int) Math.min(left, chunk.uncompressedOffset() - position);
                for (int i = 0; i < gap; i++) {
                    dst.put((byte) 0);
                }
                position += gap;
                continue;
            }
            int from = (int) (position - chunk.uncompressedOffset());
            int length = Math.min(left, chunk.uncompressedSize() - from);
            if (length > 0) {
                dst.limit(dst.position() + length);
                image.content().read(chunk, from, dst);
                dst.limit(end);
                position += length;
            }
            next++;
        }
    }

    /** The first chunk that does not end before a position. */
    private int firstEndingAfter(long position) {
        int low = 0;
        int high = chunks.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            Chunk chunk = chunks.get(middle);
            if (chunk.uncompressedOffset() + chunk.uncompressedSize() <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    @Override
    public String toString() {
        return "blob " + blob.id();
    }
}
