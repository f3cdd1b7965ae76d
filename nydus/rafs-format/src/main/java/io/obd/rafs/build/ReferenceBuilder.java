package io.obd.rafs.build;

import io.obd.block.StreamCompression;
import io.obd.block.gzip.GzipBlocks;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Node;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.data.ReferenceWriter;
import io.obd.rafs.data.TarStream;
import io.obd.rafs.data.TarfsChunks;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Builds an image of version 6 whose files stay in a layer, which is not changed. */
public final class ReferenceBuilder {
    private static final int BUFFER = 64 << 10;

    private final ImageFormat format;
    private final Prefetch prefetch;
    private final UnaryOperator<Node> layer;
    private final KnownImages known = new KnownImages();
    private @Nullable String blobId;

    private ReferenceBuilder(
            Compressor compressor, int chunkSize, boolean owners, Prefetch prefetch, UnaryOperator<Node> layer) {
        this.format = new ImageFormat(RafsVersion.V6, compressor, Digester.SHA256, chunkSize, owners);
        this.prefetch = prefetch;
        this.layer = layer;
    }

    /**
     * Images that refer to a layer, in gzip or not.
     *
     * @param chunkSize bytes of a chunk that is not the last of its file
     * @param owners false if files belong to whoever serves the image
     * @param layer changes the tree before it becomes an image
     */
    public static ReferenceBuilder ofLayers(
            int chunkSize, boolean owners, Prefetch prefetch, UnaryOperator<Node> layer) {
        return new ReferenceBuilder(Compressor.GZIP, chunkSize, owners, prefetch, layer);
    }

    /** Images that refer to a tar which is read as a disk. */
    public static ReferenceBuilder ofTarfs(
            int chunkSize, boolean owners, Prefetch prefetch, UnaryOperator<Node> layer) {
        return new ReferenceBuilder(Compressor.NONE, chunkSize, owners, prefetch, layer);
    }

    /** Builds a layer upon an image, whose chunks it uses too. */
    public ReferenceBuilder upon(Bootstrap image, WhiteoutSpec spec) {
        known.upon(image, spec);
        return this;
    }

    /** Uses chunks of an image that is otherwise of no interest. */
    public ReferenceBuilder withDictionary(Bootstrap image) {
        known.withDictionary(image);
        return this;
    }

    /** Gives the layer an identity that is not its SHA-256. */
    public ReferenceBuilder named(String id) {
        blobId = id;
        return this;
    }

    /** What a layer is called and how long it is, which is known when it was read. */
    private interface Identity {
        Layer get() throws IOException;
    }

    private record Layer(String id, long size) {}

    /** What the builder makes of a blob beside its chunks. */
    private record Form(boolean holdsBootstrap, boolean hasContents) {}

    /**
     * Builds an image that refers to a layer.
     *
     * @param source the layer, read to its end, not closed
     * @param name of it, in error texts
     * @param out gets the blob with what is to be known about the layer's chunks; not closed
     * @param holdsBootstrap whether the bootstrap becomes part of that blob
     * @param hasContents whether it ends with a table of contents
     */
    public BuiltImage build(
            InputStream source, String name, OutputStream out, boolean holdsBootstrap, boolean hasContents)
            throws IOException {
        HashedInput hashed = new HashedInput(new BufferedInputStream(source, BUFFER));
        try (TarStream tar = tar(hashed, name)) {
            return build(
                    tar,
                    () -> {
                        hashed.transferTo(OutputStream.nullOutputStream());
                        return new Layer(identity(hashed), hashed.size());
                    },
                    out,
                    new Form(holdsBootstrap, hasContents));
        }
    }

    /**
     * Builds a layer as registries hold it, which refers to an original layer: the blob has its own bootstrap and a table
     * of contents.
     *
     * @param tar of the original layer, read to its end, not closed
     * @param id SHA-256 of the original layer in hexadecimal
     * @param size bytes of it
     * @param out gets the blob; not closed
     */
    public BuiltImage buildLayer(TarStream tar, String id, long size, OutputStream out) throws IOException {
        return build(tar, () -> new Layer(id, size), out, new Form(true, true));
    }

    private BuiltImage build(TarStream tar, Identity identity, OutputStream out, Form form) throws IOException {
        try (ReferenceWriter writer = new ReferenceWriter(
                tar, out, known.ownIndex(), format.chunkSize(), form.holdsBootstrap(), form.hasContents())) {
            writer.know(known.chunks());
            Node root = known.put(
                    layer.apply(TarSource.uncompressed(tar).read(writer).root()));
            if (!form.holdsBootstrap()) {
                Overlay.settle(root);
            }
            Layer original = identity.get();
            Optional<BlobInfo> own = writer.finishChunks(original.id(), original.size());
            List<BlobInfo> blobs = known.table(root, own);
            ByteBuffer bootstrap = new BootstrapWriter(format).write(root, blobs, prefetch.table(root));
            if (form.holdsBootstrap()) {
                writer.appendBootstrap(bootstrap);
            }
            boolean kept = form.holdsBootstrap() || own.isPresent();
            return new BuiltImage(bootstrap, blobs, kept ? Optional.of(writer.id()) : Optional.empty(), writer.size());
        }
    }

    private static TarStream tar(HashedInput hashed, String name) throws IOException {
        return switch (StreamCompression.of(hashed.peek(StreamCompression.MAGIC))) {
            case NONE -> TarStream.plain(hashed);
            case GZIP -> {
                GzipBlocks blocks = new GzipBlocks(hashed, name);
                yield TarStream.inGzip(blocks, blocks.trace());
            }
            case ZSTD ->
                throw new IOException(
                        name + ": a layer in zstd cannot be referred to, only one in gzip or a plain tar");
        };
    }

    /**
     * Builds an image that refers to a tar, which is read as a disk. There is no blob but that.
     *
     * @param source the tar, read to its end, not closed
     * @param name of it, in error texts
     */
    public BuiltImage buildTarfs(InputStream source, String name) throws IOException {
        HashedInput hashed = new HashedInput(new BufferedInputStream(source, BUFFER));
        if (StreamCompression.of(hashed.peek(StreamCompression.MAGIC)) != StreamCompression.NONE) {
            throw new IOException(name + ": is compressed: only a tar as it is can be read as a disk, decompress it");
        }
        try (TarStream tar = TarStream.plain(hashed)) {
            TarfsChunks chunks = new TarfsChunks(tar, format.chunkSize());
            Node root = layer.apply(TarSource.uncompressed(tar).read(chunks).root());
            Overlay.settle(root);
            hashed.transferTo(OutputStream.nullOutputStream());
            List<BlobInfo> blobs =
                    chunks.finish(identity(hashed), hashed.size()).stream().toList();
            ByteBuffer bootstrap = new BootstrapWriter(format).write(root, blobs, prefetch.table(root));
            return new BuiltImage(bootstrap, blobs, Optional.empty(), 0);
        }
    }

    private String identity(HashedInput hashed) {
        return blobId == null ? hashed.sha256() : blobId;
    }
}
