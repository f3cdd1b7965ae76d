package io.obd.lsmt;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads and checks what a read-only layer says of itself. The trailer counts; of the header only magic, size and flags are
 * looked at, it may state another virtual size, identity or tag (golden file {@code
 * corrupt/lsmt-header-vsize-differs.lsmt}).
 *
 * <p>A layer that states no size in both has that of the stack, like a writable one (golden pair {@code
 * lsmt/stack-3/upper-vsize0}). One of which only the trailer lost it is refused, and so is an entry past the end of the
 * disk: the original opens both, and serves something else than was written.
 */
final class LayerFileReader {
    private static final int CHUNK = 1 << 20;
    private static final int FIRST_SECTOR = LayerHeader.SIZE / Sectors.SIZE;

    private final BlobReader data;
    private final long trailerOffset;
    private final LayerHeader header;
    private final LayerHeader trailer;

    LayerFileReader(BlobReader data) throws IOException {
        this.data = data;
        if (data.size() < LayerHeader.SIZE) {
            throw corrupt(0, "LSMT header: " + LayerHeader.SIZE + " bytes wanted, file has " + data.size());
        }
        this.header = block("header", 0);
        check(
                header.has(LayerHeader.HEADER) && header.has(LayerHeader.DATA_FILE),
                LayerHeader.FLAGS_OFFSET,
                "LSMT header: flags 0x" + Integer.toHexString(header.flags())
                        + " are not those of a data file's header");
        this.trailerOffset = data.size() - LayerHeader.SIZE;
        check(trailerOffset >= LayerHeader.SIZE, LayerHeader.SIZE, "LSMT trailer: missing, the file ends here");
        this.trailer = block("trailer", trailerOffset);
        checkTrailer();
    }

    private LayerHeader block(String what, long position) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(LayerHeader.SIZE);
        data.read(position, block);
        return LayerHeader.decode(block.flip(), what, data.name(), position);
    }

    private void checkTrailer() throws CorruptBlobException {
        check(
                !trailer.has(LayerHeader.HEADER)
                        && trailer.has(LayerHeader.DATA_FILE)
                        && trailer.has(LayerHeader.SEALED),
                trailerOffset + LayerHeader.FLAGS_OFFSET,
                "LSMT trailer: flags 0x" + Integer.toHexString(trailer.flags())
                        + " are not those of a sealed data file's trailer");
        long indexSize = trailer.indexSize();
        check(
                indexSize >= 0 && indexSize <= LayerFile.MAX_ENTRIES,
                trailerOffset + LayerHeader.INDEX_SIZE_OFFSET,
                "LSMT trailer: index_size is " + Long.toUnsignedString(indexSize) + ", the limit is "
                        + LayerFile.MAX_ENTRIES);
        long indexOffset = trailer.indexOffset();
        check(
                indexOffset >= LayerHeader.SIZE
                        && indexOffset <= trailerOffset
                        && indexSize * SegmentLayout.SIZE <= trailerOffset - indexOffset,
                trailerOffset + LayerHeader.INDEX_OFFSET_OFFSET,
                "LSMT trailer: index of " + indexSize + " entries at byte " + Long.toUnsignedString(indexOffset)
                        + " does not lie between header and trailer");
        long virtualSize = trailer.virtualSize();
        check(
                Sectors.isSize(virtualSize),
                trailerOffset + LayerHeader.VIRTUAL_SIZE_OFFSET,
                "LSMT trailer: virtual_size " + Long.toUnsignedString(virtualSize) + " is no size of a disk");
        check(
                virtualSize != 0 || header.virtualSize() == 0,
                trailerOffset + LayerHeader.VIRTUAL_SIZE_OFFSET,
                "LSMT trailer: virtual_size is 0, but " + header.virtualSize() + " in the header");
    }

    /** What the trailer says. */
    LayerHeader header() {
        return trailer;
    }

    /**
     * The entries of the index without padding, each of them checked. Tags mean nothing and are dropped: layers that were
     * merged of several have them (golden file {@code corrupt/lsmt-index-tags.lsmt}).
     *
     * @throws UnsupportedLayerException if it is a TurboOCI layer
     */
    SegmentList index() throws IOException {
        return read(
                (mapping, at) -> {
                    checkKind(mapping, at);
                    return 0;
                },
                Long.MAX_VALUE);
    }

    /**
     * The entries of the index of a TurboOCI layer, each of them checked, with the tags of {@link TurboOciTags}.
     *
     * @param targetSectors size of the original layer
     */
    SegmentList turboOciIndex(long targetSectors) throws IOException {
        return read(
                (mapping, at) -> {
                    int tag = SegmentLayout.tag(mapping);
                    check(
                            tag == TurboOciTags.METADATA || tag == TurboOciTags.REMOTE,
                            at,
                            "LSMT index: entry has tag " + tag + ", those of a TurboOCI layer are 0 and 1");
                    return tag;
                },
                targetSectors);
    }

    private interface TagRule {
        /** The tag in memory of an entry whose place in the file is {@code at}. */
        int tag(long mapping, long at) throws IOException;
    }

    private SegmentList read(TagRule tags, long targetSectors) throws IOException {
        SegmentList entries = new SegmentList();
        long end = trailer.indexOffset() + trailer.indexSize() * SegmentLayout.SIZE;
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK, end - trailer.indexOffset()))
                .order(ByteOrder.LITTLE_ENDIAN);
        long virtualEnd = 0;
        for (long at = trailer.indexOffset(); at < end; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
            data.read(at, chunk);
            for (int i = 0; i < chunk.limit(); i += SegmentLayout.SIZE) {
                long range = chunk.getLong(i);
                long mapping = chunk.getLong(i + Long.BYTES);
                if (!SegmentLayout.isPadding(range)) {
                    int tag = tags.tag(mapping, at + i);
                    checkRange(range, virtualEnd, at + i);
                    if (tag == TurboOciTags.REMOTE && !SegmentLayout.isZeroed(mapping)) {
                        checkMapping(range, mapping, 0, targetSectors, "the original layer", at + i);
                    } else {
                        checkMapping(
                                range, mapping, FIRST_SECTOR, trailer.indexOffset() / Sectors.SIZE, "the data", at + i);
                    }
                    virtualEnd = SegmentLayout.end(range);
                    entries.add(range, SegmentLayout.withTag(mapping, tag));
                }
            }
        }
        return entries;
    }

    /** A TurboOCI layer looks like a committed one, but for an index that is not padded and for tags. */
    private void checkKind(long mapping, long at) throws UnsupportedLayerException {
        boolean padded = trailer.indexSize() % LayerFile.INDEX_PADDING == 0;
        if (SegmentLayout.tag(mapping) != 0 && !padded && header.has(LayerHeader.SEALED)) {
            throw new UnsupportedLayerException(
                    data.name(), at, "TurboOCI layer: its data is in the original layer, which is not given");
        }
    }

    private void checkRange(long range, long virtualEnd, long at) throws CorruptBlobException {
        long offset = SegmentLayout.offset(range);
        long end = SegmentLayout.end(range);
        check(offset < end, at, "LSMT index: entry for sector " + offset + " has length 0");
        check(
                offset >= virtualEnd,
                at,
                "LSMT index: entry for sector " + offset + " follows one that ends at sector " + virtualEnd);
        long virtualSize = trailer.virtualSize() == 0 ? Sectors.MAX_SIZE : trailer.virtualSize();
        check(
                end <= virtualSize / Sectors.SIZE,
                at,
                "LSMT index: entry for sectors " + offset + " to " + end + " reaches beyond virtual_size "
                        + virtualSize);
    }

    private void checkMapping(long range, long mapping, long first, long limit, String source, long at)
            throws CorruptBlobException {
        long moffset = SegmentLayout.moffset(mapping);
        long mappedEnd = SegmentLayout.mappedEnd(range, mapping);
        if (moffset < first || mappedEnd > limit) {
            throw corrupt(
                    at,
                    "LSMT index: entry for sector " + SegmentLayout.offset(range) + " maps to sectors " + moffset
                            + " to " + mappedEnd + ", " + source + " has sectors " + first + " to " + limit);
        }
    }

    private void check(boolean holds, long at, String otherwise) throws CorruptBlobException {
        if (!holds) {
            throw corrupt(at, otherwise);
        }
    }

    private CorruptBlobException corrupt(long at, String problem) {
        return new CorruptBlobException(data.name(), at, problem);
    }
}
