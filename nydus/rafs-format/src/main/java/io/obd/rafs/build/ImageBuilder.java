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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    private @Nullable Bootstrap parent;
    private @Nullable Bootstrap dictionary;
    private @Nullable String blobId;
    private WhiteoutSpec whiteouts = WhiteoutSpec.NONE;

    public ImageBuilder(BlobFormat format, Prefetch prefetch) {
        this.format = format;
        this.prefetch = prefetch;
    }

    /** Builds a layer upon an image, whose chunks it uses too. */
    public ImageBuilder upon(Bootstrap image, WhiteoutSpec spec) {
        parent = image;
        whiteouts = spec;
        return this;
    }

    /** Gives the blob an identity that is not its SHA-256. */
    public ImageBuilder named(String id) {
        blobId = id;
        return this;
    }

    /** Uses chunks of an image that is otherwise of no interest. */
    public ImageBuilder withDictionary(Bootstrap image) {
        dictionary = image;
        return this;
    }

    /**
     * Builds.
     *
     * @param out gets the blob; not closed
     * @throws IOException if the source cannot be read, the blob cannot be written, or something has no place in an image
     */
    public BuiltImage build(TreeSource source, OutputStream out) throws IOException {
        List<BlobInfo> blobs = parent == null ? List.of() : parent.blobs();
        try (BlobWriter blob = new BlobWriter(out, format, blobs.size())) {
            List<BlobInfo> known = knowChunks(blob);
            SourceTree layer = source.read(blob);
            Node root = layer.root();
            if (parent != null) {
                root = Node.copyOf(parent);
                new Overlay(whiteouts).apply(root, layer.root());
            }
            long readAhead = store(layer, root, blob);
            Optional<BlobInfo> own = blob.finishChunks()
                    .map(info -> info.withReadAhead(readAhead).withId(blobId == null ? info.id() : blobId));
            List<BlobInfo> all = tableOfBlobs(root, known, own, blobs.size());
            ByteBuffer bootstrap = new BootstrapWriter(format.image()).write(root, all, prefetch.table(root));
            if (format.holdsBootstrap()) {
                blob.appendBootstrap(bootstrap);
            }
            boolean kept = own.isPresent() || format.holdsBootstrap();
            return new BuiltImage(bootstrap, all, kept ? Optional.of(blob.id()) : Optional.empty(), blob.size());
        }
    }

    /** Chunks of the dictionary come first. Its blobs get indexes behind the new one until it is known which are used. */
    private List<BlobInfo> knowChunks(BlobWriter blob) {
        List<BlobInfo> known = new ArrayList<>(parent == null ? List.of() : parent.blobs());
        int own = known.size();
        if (dictionary != null) {
            for (BlobInfo info : dictionary.blobs()) {
                known.add(info.withIndex(own + 1 + info.index()));
            }
            blob.know(dictionary.chunks().stream()
                    .map(chunk -> chunk.withBlob(own + 1 + chunk.blob()))
                    .toList());
        }
        if (parent != null) {
            blob.know(parent.chunks());
        }
        return known;
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

    /** All blobs of the parent, then the new one, then those of the dictionary that are used. */
    private static List<BlobInfo> tableOfBlobs(
            Node root, List<BlobInfo> known, Optional<BlobInfo> own, int parentBlobs) {
        List<BlobInfo> all = new ArrayList<>(known.subList(0, parentBlobs));
        own.ifPresent(all::add);
        List<BlobInfo> dictionary = known.subList(parentBlobs, known.size());
        if (dictionary.isEmpty()) {
            return List.copyOf(all);
        }
        Set<Integer> used = new HashSet<>();
        RegularFiles.forEach(root, file -> file.chunks().forEach(chunk -> used.add(chunk.blob())));
        Map<Integer, Integer> renumbered = new HashMap<>();
        for (BlobInfo blob : dictionary) {
            if (used.contains(blob.index())) {
                renumbered.put(blob.index(), all.size());
                all.add(blob.withIndex(all.size()));
            }
        }
        RegularFiles.forEach(
                root,
                file -> file.setChunks(file.chunks().stream()
                        .map(chunk -> chunk.withBlob(renumbered.getOrDefault(chunk.blob(), chunk.blob())))
                        .toList()));
        return List.copyOf(all);
    }
}
