package io.obd.rafs.data;

import io.obd.block.CorruptBlobException;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Chunk;
import io.obd.rafs.ChunkInfoTable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The chunk information of a blob with batches or zran, whose chunks are parts of contexts. Of a chunk's record of 24
 * bytes only this is needed:
 *
 * <pre>
 *  0 u64 uncompressed  bits 0..31 offset in blocks of 4 KiB, bits 32..55 size - 1, bits 56..63 flags: 2 zran, 4 batch
 * 16 u64 data          bits 32..63 index of the context, bits 0..31 position in its content
 * </pre>
 */
final class ChunkInfo {
    private static final int RECORD = 24;
    private static final int DATA = 16;
    private static final int FLAGS_SHIFT = 56;
    private static final int IN_CONTEXT = 0x2 | 0x4;
    private static final int BLOCK_BITS = 12;
    private static final int SIZE_BITS = 0xff_ffff;

    private final String name;
    private final ByteBuffer records;
    private final List<ChunkContext> contexts;

    private ChunkInfo(String name, ByteBuffer records, List<ChunkContext> contexts) {
        this.name = name;
        this.records = records;
        this.contexts = contexts;
    }

    /** Where a chunk is in the content of a context. */
    record Part(int context, int offset) {}

    /** What these bytes say of a blob. */
    static ChunkInfo of(ChunkInfoData bytes, BlobInfo info, ChunkInfoTable table) throws CorruptBlobException {
        ByteBuffer data = bytes.data();
        String name = bytes.name();
        ChunkInfoHeader header = ChunkInfoHeader.decode(name, 0, bytes.header(), info, table);
        List<ChunkContext> contexts = info.features().isZran()
                ? ZranContext.all(name, data, header, info)
                : BatchContext.all(name, data, header, info);
        return new ChunkInfo(name, data, List.copyOf(contexts));
    }

    /** Where a chunk is, or null if it is in no context but stored alone. */
    @Nullable
    Part part(Chunk chunk) throws CorruptBlobException {
        long place = (long) chunk.index() * RECORD;
        if (place > records.limit() - RECORD) {
            throw new CorruptBlobException(name, place, "no information of chunk " + chunk.index());
        }
        int at = (int) place;
        long uncompressed = records.getLong(at);
        long offset = Integer.toUnsignedLong((int) uncompressed) << BLOCK_BITS;
        int size = (int) ((uncompressed >>> Integer.SIZE) & SIZE_BITS) + 1;
        if (offset != chunk.uncompressedOffset() || size != chunk.uncompressedSize()) {
            throw new CorruptBlobException(
                    name,
                    at,
                    "chunk " + chunk.index() + " has " + size + " bytes at " + offset + ", in the bootstrap "
                            + chunk.uncompressedSize() + " at " + chunk.uncompressedOffset());
        }
        if (((uncompressed >>> FLAGS_SHIFT) & IN_CONTEXT) == 0) {
            return null;
        }
        long data = records.getLong(at + DATA);
        Part part = new Part((int) (data >>> Integer.SIZE), (int) data);
        boolean known = part.context() >= 0 && part.context() < contexts.size();
        if (!known || part.offset() < 0 || part.offset() > context(part).uncompressedSize() - size) {
            throw new CorruptBlobException(
                    name,
                    at + DATA,
                    "chunk " + chunk.index() + " is at " + part.offset() + " of context " + part.context());
        }
        return part;
    }

    ChunkContext context(Part part) {
        return contexts.get(part.context());
    }

    /** The place of a context, for those who list them. */
    static List<Integer> places(ByteBuffer data, ChunkInfoHeader header, int size, String name)
            throws CorruptBlobException {
        if ((long) header.contexts() * size > header.contextsSize()
                || header.contextsOffset() + header.contextsSize() > data.limit()) {
            throw new CorruptBlobException(
                    name,
                    header.contextsOffset(),
                    header.contexts() + " contexts in " + header.contextsSize() + " bytes");
        }
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < header.contexts(); i++) {
            places.add(header.contextsOffset() + i * size);
        }
        return places;
    }
}
