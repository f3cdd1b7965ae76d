package io.obd.lsmt;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import io.obd.lsmt.blob.BlobTarget;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * A read-only layer: committed, sealed from a writable one, or the metadata layer of TurboOCI with the original layer.
 * Layers are read as parts of a {@link LayeredImage}.
 */
public final class Layer implements Closeable {
    private final BlobReader data;
    private final LayerHeader header;
    private final SegmentList index;
    private final DataReader reader;
    private final Closeable target;

    private Layer(BlobReader data, LayerHeader header, SegmentList index, DataReader reader, Closeable target) {
        this.data = data;
        this.header = header;
        this.index = index;
        this.reader = reader;
        this.target = target;
    }

    /**
     * Opens a layer: takes off the tar wrapper and the compression where there are any, and checks header, trailer and
     * every entry of the index.
     *
     * @param blob closed with the layer; not closed when this fails
     * @throws CorruptBlobException if a check fails; says which one, and where
     * @throws UnsupportedLayerException if it is a TurboOCI layer, which cannot be opened without its target
     */
    public static Layer open(BlobReader blob) throws IOException {
        return open(blob, UnaryOperator.identity());
    }

    /** Opens a layer in a local file, as {@link #open(BlobReader)} does. */
    public static Layer open(Path file) throws IOException {
        FileBlob blob = FileBlob.open(file);
        try {
            return open(blob);
        } catch (IOException e) {
            blob.close();
            throw e;
        }
    }

    /**
     * Opens a layer, as {@link #open(BlobReader)} does, and reads it through a view.
     *
     * @param view makes a reader of the plain bytes, which are what the index maps to; closing it closes them
     */
    public static Layer open(BlobReader blob, UnaryOperator<BlobReader> view) throws IOException {
        return unwrapped(blob, plain -> {
            BlobReader data = view.apply(plain);
            LayerFileReader file = new LayerFileReader(data);
            return new Layer(data, file.header(), file.index(), data::read, () -> {});
        });
    }

    /**
     * Opens the metadata layer of TurboOCI, as {@link #open} does, with the original layer that the content of files is
     * in. In a stack it is a layer like any other.
     *
     * @param metadata closed with the layer; not closed when this fails
     * @param target the original layer, uncompressed; closed with the layer, not closed when this fails
     * @throws CorruptBlobException if a check fails; says which one, and where
     */
    public static Layer openTurboOci(BlobReader metadata, BlobReader target) throws IOException {
        return openTurboOci(metadata, target, UnaryOperator.identity());
    }

    /**
     * Opens a TurboOCI layer, as {@link #openTurboOci(BlobReader, BlobReader)} does, and reads its metadata through a view,
     * as {@link #open(BlobReader, UnaryOperator)} does.
     */
    public static Layer openTurboOci(BlobReader metadata, BlobReader target, UnaryOperator<BlobReader> view)
            throws IOException {
        return unwrapped(metadata, plain -> {
            BlobReader data = view.apply(plain);
            LayerFileReader file = new LayerFileReader(data);
            TurboOciTarget remote = new TurboOciTarget(data.name(), target);
            SegmentList entries = file.turboOciIndex(remote.sectors());
            IndexedReader reader = new IndexedReader(new SegmentIndex(entries), data::read, remote);
            return new Layer(data, file.header(), entries.byPlace(), reader, remote);
        });
    }

    /** The present state of a writable layer, of which nothing but {@code data} is needed any more. */
    static Layer of(WritableFile data, LayerHeader header, SegmentList entries) {
        return new Layer(data, header, entries, data, () -> {});
    }

    private interface Opener {
        /** Opens a layer from its plain bytes. */
        Layer open(BlobReader data) throws IOException;
    }

    private static Layer unwrapped(BlobReader blob, Opener opener) throws IOException {
        BlobReader payload = TarWrapper.unwrap(blob);
        if (!ZFile.isPresent(payload)) {
            return opener.open(payload);
        }
        ZFile data = ZFile.open(payload);
        try {
            return opener.open(data);
        } catch (IOException e) {
            data.release();
            throw e;
        }
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

    /** Entries of the index: runs of the disk that this layer has, as data or as zeros. */
    public int segments() {
        return index.size();
    }

    /** Bytes that this layer makes zero, whatever the layers below have. */
    public long zeroedSize() {
        return index.zeroedSectors() * Sectors.SIZE;
    }

    /** Writes the live data of this layer to a new file, see {@link #commit(BlobTarget, LayerOptions)}. */
    public void commit(Path file, LayerOptions options) throws IOException {
        commit(BlobTarget.newFile(file), options);
    }

    /**
     * Writes the live data of this layer; data that was overwritten in a sealed layer is left out. Of a TurboOCI layer,
     * what is in the original layer is copied too: the result is an ordinary layer.
     */
    public void commit(BlobTarget blob, LayerOptions options) throws IOException {
        LayerCommit.of(index, new DataReader[] {reader}, header).to(blob, options);
    }

    /** Reads the stream that the index maps to. */
    DataReader reader() {
        return reader;
    }

    /** The entries of this layer, all with the tag 0; not to be changed. */
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
        try (target) {
            data.close();
        }
    }
}
