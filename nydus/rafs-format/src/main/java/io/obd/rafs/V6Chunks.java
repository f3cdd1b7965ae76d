package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The chunks of an image of version 6. An inode has an address for each of its chunks, 8 bytes, and the chunk table has
 * the rest.
 *
 * <pre>
 * 0 u16 low bits of the index   2 u8 blob, from 1   3 u8 high bits of the index   4 u32 block in the decompressed blob
 * </pre>
 */
final class V6Chunks {
    private static final int ADDRESS = 8;
    private static final int DEVICE = 2;
    private static final int HIGH_INDEX = 3;
    private static final int BLOCK = 4;
    private static final int LOW_INDEX_BITS = 16;

    /** Set in an inode whose file has chunks. */
    private static final int CHUNKS = 0x20;

    private static final int CHUNK_BITS = 0x1f;

    private final MetadataBytes in;
    private final V6SuperBlock superBlock;
    private final List<BlobInfo> blobs;
    private final Map<ChunkPlace, Chunk> table;
    private final Map<ChunkPlace, Chunk> used = new LinkedHashMap<>();

    private V6Chunks(MetadataBytes in, V6SuperBlock superBlock, List<BlobInfo> blobs, Map<ChunkPlace, Chunk> table) {
        this.in = in;
        this.superBlock = superBlock;
        this.blobs = blobs;
        this.table = table;
    }

    /** Reads the chunk table. That of an image that refers to a tar is of no use: without digests all its chunks are one. */
    static V6Chunks load(MetadataBytes in, V6SuperBlock superBlock, List<BlobInfo> blobs) throws CorruptBlobException {
        Map<ChunkPlace, Chunk> table = new HashMap<>();
        Table place = superBlock.chunkTable();
        long end = superBlock.flags().isTarfs() ? place.offset() : place.offset() + place.size();
        for (long at = place.offset(); at < end; at += ChunkRecordLayout.SIZE) {
            Chunk chunk = ChunkRecordLayout.decode(in, at, blobs);
            if (table.put(ChunkPlace.of(chunk), chunk) != null) {
                throw in.broken(at, "chunk " + chunk.index() + " of blob " + chunk.blob() + " is in the table twice");
            }
        }
        return new V6Chunks(in, superBlock, blobs, table);
    }

    /** The chunks that files have, each once. */
    List<Chunk> used() {
        return List.copyOf(used.values());
    }

    /** The chunks of a regular file. */
    List<Chunk> of(V6InodeLayout inode) throws CorruptBlobException {
        if (inode.layout() != V6InodeLayout.CHUNKED) {
            throw in.broken(inode.at(), "a regular file of layout " + inode.layout());
        }
        if ((inode.union() & ~CHUNK_BITS) != CHUNKS) {
            throw in.broken(inode.at() + V6InodeLayout.UNION, "chunks of form 0x" + Integer.toHexString(inode.union()));
        }
        long count = ChunkSize.count(inode.size(), superBlock.chunkSize());
        long first = addressesAt(inode.end());
        if (count > (in.size() - first) / ADDRESS) {
            throw in.broken(
                    inode.at() + V6InodeLayout.SIZE_FIELD,
                    "a file of " + inode.size() + " bytes, whose chunks are not in the file");
        }
        List<Chunk> chunks = new ArrayList<>((int) count);
        for (int i = 0; i < count; i++) {
            int length = ChunkSize.length(inode.size(), i, superBlock.chunkSize());
            Chunk chunk = chunk(first + (long) i * ADDRESS, length);
            used.putIfAbsent(ChunkPlace.of(chunk), chunk);
            chunks.add(chunk);
        }
        return List.copyOf(chunks);
    }

    private Chunk chunk(long at, int length) throws CorruptBlobException {
        int blob = in.u8(at + DEVICE) - 1;
        int index = in.u16(at) | (in.u8(at + HIGH_INDEX) << LOW_INDEX_BITS);
        long offset = in.u32(at + BLOCK) * superBlock.blockSize();
        if (blob < 0 || blob >= blobs.size()) {
            throw in.broken(at + DEVICE, "a chunk in blob " + blob + " of " + blobs.size());
        }
        if (superBlock.flags().isTarfs()) {
            return ofTar(at, blob, index, offset, length);
        }
        Chunk chunk = table.get(new ChunkPlace(blob, index));
        if (chunk == null) {
            throw in.broken(at, "chunk " + index + " of blob " + blob + " is not in the chunk table");
        }
        if (chunk.uncompressedOffset() != offset || chunk.uncompressedSize() != length) {
            throw in.broken(
                    at,
                    "a chunk of " + length + " bytes at " + offset + ", in the chunk table one of "
                            + chunk.uncompressedSize() + " at " + chunk.uncompressedOffset());
        }
        return chunk;
    }

    private Chunk ofTar(long at, int blob, int index, long offset, int length) throws CorruptBlobException {
        long size = blobs.get(blob).compressedSize();
        if (offset > size - length) {
            throw in.broken(at + BLOCK, "a chunk of " + length + " bytes at " + offset + " of a tar of " + size);
        }
        return Chunk.ofTar(blob, index, offset, length);
    }

    /** Bytes of the addresses of a file's chunks. */
    static int addressesSize(int count) {
        return count * ADDRESS;
    }

    /** Where the addresses begin behind an inode that ends there. */
    static long addressesAt(long end) {
        return (end + ADDRESS - 1) & -ADDRESS;
    }

    /** Encodes the addresses of a file's chunks. */
    static void encode(ByteBuffer out, int at, List<Chunk> chunks, int blockSize) {
        int position = at;
        for (Chunk chunk : chunks) {
            out.putShort(position, (short) chunk.index());
            out.put(position + DEVICE, (byte) (chunk.blob() + 1));
            out.put(position + HIGH_INDEX, (byte) (chunk.index() >>> LOW_INDEX_BITS));
            out.putInt(position + BLOCK, (int) (chunk.uncompressedOffset() / blockSize));
            position += ADDRESS;
        }
    }

    /**
     * What an inode states about its chunks. The kernel can share pages of files whose content lies in one piece if it is
     * told that they are one chunk.
     */
    static int form(List<Chunk> chunks, long size, int chunkSize, int blockSize) {
        long stated = size > chunkSize && isOnePiece(chunks, chunkSize) ? powerOfTwoFrom(size) : chunkSize;
        return CHUNKS | Long.numberOfTrailingZeros(stated / blockSize);
    }

    private static boolean isOnePiece(List<Chunk> chunks, int chunkSize) {
        for (int i = 1; i < chunks.size(); i++) {
            Chunk last = chunks.get(i - 1);
            Chunk chunk = chunks.get(i);
            if (chunk.blob() != last.blob() || chunk.uncompressedOffset() - last.uncompressedOffset() != chunkSize) {
                return false;
            }
        }
        return true;
    }

    private static long powerOfTwoFrom(long size) {
        return Long.highestOneBit(size - 1) << 1;
    }
}
