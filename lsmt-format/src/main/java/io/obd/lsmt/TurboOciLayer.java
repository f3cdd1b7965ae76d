package io.obd.lsmt;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A TurboOCI layer while it is built: the blocks of the file system's metadata are kept at their place in a plain sparse
 * file, the content of files stays in the original layer. The index file logs both. Metadata is overwritten in place.
 */
final class TurboOciLayer extends WritableLayer {
    private final WritableFile metadata;
    private final IndexLog log;
    private final TurboOciTarget target;

    private TurboOciLayer(WritablePair files, LayerHeader header, LiveIndex index, TurboOciTarget target) {
        super(files, header, index, files.data(), target);
        this.metadata = files.data();
        this.log = new IndexLog(files.index(), index);
        this.target = target;
    }

    static TurboOciLayer create(WritablePair files, LayerHeader header) throws IOException {
        files.index().append(header.withIndex(LayerHeader.SIZE, 0).encode());
        files.data().resize(header.virtualSize());
        return new TurboOciLayer(
                files, header, new LiveIndex(), new TurboOciTarget(files.data().name(), null));
    }

    static TurboOciLayer open(WritablePair files, @Nullable BlobReader target) throws IOException {
        LayerHeader header = files.indexHeader();
        WritableFile metadata = files.data();
        if (metadata.size() < header.virtualSize()) {
            throw new CorruptBlobException(
                    metadata.name(),
                    0,
                    "LSMT header: magic not found, and with " + metadata.size()
                            + " bytes the file is not that of a TurboOCI layer of " + header.virtualSize());
        }
        LiveIndex index = new LiveIndex();
        int base = tags(files.index()).base(files.index().name());
        long sectors = metadata.size() / Sectors.SIZE;
        new IndexLogReader(files.index(), new TaggedEntries(base, sectors)).into(index);
        return new TurboOciLayer(files, header, index, new TurboOciTarget(metadata.name(), target));
    }

    private static TurboOciTags tags(WritableFile index) throws IOException {
        TurboOciTags tags = new TurboOciTags();
        ByteBuffer chunk = ByteBuffer.allocateDirect(4096 * SegmentLayout.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        long end = index.size() - index.size() % SegmentLayout.SIZE;
        for (long at = LayerHeader.SIZE; at < end; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
            index.read(at, chunk);
            for (int i = 0; i < chunk.limit(); i += SegmentLayout.SIZE) {
                long range = chunk.getLong(i);
                if (!SegmentLayout.isPadding(range) && SegmentLayout.length(range) > 0) {
                    tags.add(range, chunk.getLong(i + Long.BYTES));
                }
            }
        }
        return tags;
    }

    @Override
    public Kind kind() {
        return Kind.TURBO_OCI;
    }

    @Override
    void doWrite(long start, ByteBuffer src, LayerStack below) throws IOException {
        inParts(start, src, (sector, part) -> {
            int sectors = part.remaining() / Sectors.SIZE;
            metadata.write(sector * Sectors.SIZE, part);
            log.append(sector, sectors, SegmentLayout.data(sector));
        });
    }

    @Override
    void doDiscard(long sector, long sectors, LayerStack below) throws IOException {
        log.append(sector, sectors, SegmentLayout.zeroed(metadata.size() / Sectors.SIZE));
    }

    @Override
    void doMapRemote(long sector, long sectors, long targetSector) throws IOException {
        log.append(sector, sectors, SegmentLayout.withTag(SegmentLayout.data(targetSector), TurboOciTags.REMOTE));
    }

    /** The file is never made smaller: entries that are in the log map to it. */
    @Override
    void writeSize(WritablePair pair, long virtualSize) throws IOException {
        if (virtualSize > metadata.size()) {
            metadata.resize(virtualSize);
        }
        WritablePair.writeVirtualSize(pair.index(), virtualSize);
    }

    /** Names no parent but the one that is asked for, as the original does. */
    @Override
    LayerCommit commit(LayerHeader from, DataReader[] data) {
        return LayerCommit.ofTurboOci(entries(), data, from.withParentUuid(LayerHeader.NIL));
    }

    @Override
    void seal(WritableFile data, LayerHeader from) throws IOException {
        throw new UnsupportedLayerException(
                data.name(), 0, "a TurboOCI writable layer cannot be sealed, only committed");
    }

    @Override
    public void close() throws IOException {
        try (target) {
            super.close();
        }
    }

    /** Entries that map to the metadata file or to the original layer, of which nothing is known yet. */
    private record TaggedEntries(int base, long metadataSectors) implements EntryRule {

        @Override
        public boolean isValid(long range, long mapping) {
            return SegmentLayout.tag(mapping) - base == TurboOciTags.REMOTE
                    || SegmentLayout.mappedEnd(range, mapping) <= metadataSectors;
        }

        @Override
        public long normalised(long mapping) {
            return SegmentLayout.withTag(mapping, SegmentLayout.tag(mapping) - base);
        }
    }
}
