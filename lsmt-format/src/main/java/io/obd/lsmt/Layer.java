package io.obd.lsmt;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.lsmt.blob.BlobTarget;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A read-only layer: committed, or sealed from a writable one. Layers are read as parts of a {@link LayeredImage}.
 */
public final class Layer implements Closeable {
    private final BlobReader data;
    private final LayerHeader header;
    private final SegmentList index;

    private Layer(BlobReader data, LayerHeader header, SegmentList index) {
        this.data = data;
        this.header = header;
        this.index = index;
    }

    /**
     * Opens a layer: takes off the tar wrapper and the compression where there are any, and checks header, trailer and
     * every entry of the index.
     *
     * @param blob closed with the layer; not closed when this fails
     * @throws CorruptBlobException if a check fails; says which one, and where
     * @throws UnsupportedLayerException if it is a layer of a kind that cannot be opened alone
     */
    public static Layer open(BlobReader blob) throws IOException {
        BlobReader payload = TarWrapper.unwrap(blob);
        BlobReader data = ZFile.isPresent(payload) ? ZFile.open(payload) : payload;
        LayerFileReader reader = new LayerFileReader(data);
        return new Layer(data, reader.header(), reader.index());
    }

    /** Size of the virtual disk in bytes; 0 if it is that of the layers below. */
    public long virtualSize() {
        return header.virtualSize();
    }

    /** Identity of the layer, the nil UUID if it has none. */
    public UUID uuid() {
        return header.uuid();
    }

    /** Identity of the layer below, the nil UUID if none is named. */
    public UUID parentUuid() {
        return header.parentUuid();
    }

    /** Free text that the builder of the layer left. */
    public String userTag() {
        return header.userTag();
    }

    /** Bytes of data that this layer has, without its zeros. */
    public long dataSize() {
        return index.dataSectors() * Sectors.SIZE;
    }

    /** Writes the live data of this layer to a new file, see {@link #commit(BlobTarget, LayerOptions)}. */
    public void commit(Path file, LayerOptions options) throws IOException {
        commit(BlobTarget.newFile(file), options);
    }

    /** Writes the live data of this layer; data that was overwritten in a sealed layer is left out. */
    public void commit(BlobTarget target, LayerOptions options) throws IOException {
        new LayerCommit(index, reader(), header).to(target, options);
    }

    /** Reads the stream that the index maps to. */
    DataReader reader() {
        return data::read;
    }

    /** The entries of this layer; not to be changed. */
    SegmentList index() {
        return index;
    }

    /** What this layer is read from, in error texts. */
    @Override
    public String toString() {
        return data.name();
    }

    @Override
    public void close() throws IOException {
        data.close();
    }
}
