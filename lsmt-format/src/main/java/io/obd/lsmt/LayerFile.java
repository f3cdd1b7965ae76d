package io.obd.lsmt;

import io.obd.lsmt.blob.BlobTarget;
import io.obd.lsmt.blob.BlobWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/** A read-only layer while it is written: {@code header | data | index | trailer}. */
final class LayerFile implements DataReader, Closeable {
    /** Committed files pad their index to a multiple of this many entries. */
    static final int INDEX_PADDING = 256;

    /** Most entries that the original opens. */
    static final int MAX_ENTRIES = 1_000_000;

    private static final int CHUNK = 4096;

    private final String name;
    private final LayerHeader header;
    private final BlobWriter blob;

    /**
     * @param parentUuid where the options name none
     */
    LayerFile(BlobTarget target, long virtualSize, UUID parentUuid, LayerOptions options) throws IOException {
        this.name = target.name();
        this.header = new LayerHeader(
                LayerHeader.HEADER | LayerHeader.DATA_FILE | LayerHeader.SEALED,
                0,
                0,
                virtualSize,
                options.uuid(),
                options.parentUuid() == null ? parentUuid : options.parentUuid(),
                options.userTag());
        ByteBuffer front = header.encode();
        this.blob = BlobWriter.create(target, options.zfile(), options.tarWrapper());
        try {
            blob.write(front);
        } catch (IOException e) {
            blob.close();
            throw e;
        }
    }

    /** Sector of the stream that is written next. */
    long position() {
        return blob.position() / Sectors.SIZE;
    }

    /** Appends data. */
    void write(ByteBuffer data) throws IOException {
        blob.write(data);
    }

    /** Reads data written before. */
    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        blob.read(offset, dst);
    }

    /** Completes the file. */
    void finish(SegmentList index) throws IOException {
        long indexOffset = blob.position();
        checkCount(index.size(), name);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK * SegmentLayout.SIZE);
        for (int i = 0; i < index.size(); i += CHUNK) {
            index.encode(i, Math.min(index.size(), i + CHUNK), chunk.clear());
            blob.write(chunk.flip());
        }
        LayerHeader trailer =
                header.withFlags(LayerHeader.DATA_FILE | LayerHeader.SEALED).withIndex(indexOffset, index.size());
        blob.write(trailer.encode());
        blob.finish();
    }

    /** Refuses to make a layer that no reader would open. */
    static void checkCount(int entries, String name) throws IOException {
        if (entries > MAX_ENTRIES) {
            throw new IOException(name + ": the layer would have " + entries + " index entries, readers accept "
                    + MAX_ENTRIES + ": write longer runs, or commit a writable layer instead of sealing it, which"
                    + " joins runs that follow each other");
        }
    }

    @Override
    public void close() throws IOException {
        blob.close();
    }
}
