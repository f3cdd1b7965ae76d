package io.obd.rafs.build;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Node;
import io.obd.rafs.data.BlobFormat;
import io.obd.rafs.data.BlobWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds an image: the content of files becomes a blob, the rest a bootstrap. A layer as registries hold it is built so:
 *
 * <pre>{@code
 * ImageFormat image = new ImageFormat(RafsVersion.V6, Compressor.ZSTD, Digester.BLAKE3, 1 << 20, true);
 * BuiltImage layer = new ImageBuilder(BlobFormat.layer(image), Prefetch.none()).build(new TarSource(tar), blob);
 * }</pre>
 */
public final class ImageBuilder {
    private final BlobFormat format;
    private final Prefetch prefetch;
    private final KnownImages known = new KnownImages();
    private @Nullable String blobId;

    public ImageBuilder(BlobFormat format, Prefetch prefetch) {
        this.format = format;
        this.prefetch = prefetch;
    }

    /** Builds a layer upon an image, whose chunks it uses too. */
    public ImageBuilder upon(Bootstrap image, WhiteoutSpec spec) {
        known.upon(image, spec);
        return this;
    }

    /** Gives the blob an identity that is not its SHA-256. */
    public ImageBuilder named(String id) {
        blobId = id;
        return this;
    }

    /** Uses chunks of an image that is otherwise of no interest. */
    public ImageBuilder withDictionary(Bootstrap image) {
        known.withDictionary(image);
        return this;
    }

    /**
     * Builds.
     *
     * @param out gets the blob; not closed
     * @throws IOException if the source cannot be read, the blob cannot be written, or something has no place in an image
     */
    public BuiltImage build(TreeSource source, OutputStream out) throws IOException {
        try (BlobWriter blob = new BlobWriter(out, format, known.ownIndex())) {
            blob.know(known.chunks());
            SourceTree layer = source.read(blob);
            Node root = known.put(layer.root());
            if (!format.holdsBootstrap()) {
                Overlay.settle(root);
            }
            long readAhead = store(layer, root, blob);
            Optional<BlobInfo> own = blob.finishChunks()
                    .map(info -> info.withReadAhead(readAhead).withId(blobId == null ? info.id() : blobId));
            List<BlobInfo> all = known.table(root, own);
            ByteBuffer bootstrap = new BootstrapWriter(format.image()).write(root, all, prefetch.table(root));
            if (format.holdsBootstrap()) {
                blob.appendBootstrap(bootstrap);
            }
            boolean kept = own.isPresent() || format.holdsBootstrap();
            return new BuiltImage(bootstrap, all, kept ? Optional.of(blob.id()) : Optional.empty(), blob.size());
        }
    }

    /** Stores what the source did not store itself; gives how many bytes of the blob are to be prefetched. */
    private long store(SourceTree layer, Node root, BlobWriter blob) throws IOException {
        Prefetch.Order order = prefetch.order(root);
        store(layer, order.wanted(), blob);
        // What a tar has was stored in its own order.
        boolean first = order.wanted().stream().anyMatch(layer.contents()::containsKey);
        long readAhead = first && prefetch.policy() == Prefetch.Policy.BLOB ? blob.settle() : 0;
        store(layer, order.others(), blob);
        return readAhead;
    }

    private static void store(SourceTree layer, List<Node> files, BlobWriter blob) throws IOException {
        for (Node file : files) {
            SourceFile content = layer.contents().get(file);
            if (content != null) {
                blob.add(content.content(), content.size(), file::addChunk);
            }
        }
    }
}
