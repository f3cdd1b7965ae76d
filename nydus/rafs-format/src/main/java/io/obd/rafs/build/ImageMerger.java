package io.obd.rafs.build;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Chunk;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Node;
import io.obd.rafs.RafsVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes one image of the bootstraps of its layers; no blob is read. */
public final class ImageMerger {
    private final Prefetch prefetch;
    private @Nullable Bootstrap parent;
    private @Nullable Bootstrap dictionary;

    /** Blobs by the identity that their layer has for them. */
    private final Map<String, Integer> indexes = new HashMap<>();

    private final List<BlobInfo> blobs = new ArrayList<>();

    /**
     * A layer.
     *
     * @param name of its file, in error texts
     * @param image its own bootstrap
     * @param known gives what is known of its blob beside what the bootstrap says
     */
    public record Layer(String name, Bootstrap image, UnaryOperator<BlobInfo> known) {}

    /** @param prefetch files of the whole image to fetch before they are asked for */
    public ImageMerger(Prefetch prefetch) {
        this.prefetch = prefetch;
    }

    /** The image that the layers are put upon. */
    public ImageMerger upon(Bootstrap image) {
        parent = image;
        return this;
    }

    /** The image whose chunks the layers were built with; all of them may have its blobs. */
    public ImageMerger withDictionary(Bootstrap image) {
        dictionary = image;
        return this;
    }

    /**
     * Merges. Used once.
     *
     * @param layers from the lowest to the uppermost, at least one
     * @throws InconsistentLayersException if they cannot be one image
     * @throws IOException if a layer has several blobs of its own, or the image has no place for all that they have
     */
    public BuiltImage merge(List<Layer> layers) throws IOException {
        checkTarfs(layers);
        Set<String> shared = new HashSet<>();
        if (dictionary != null) {
            dictionary.blobs().forEach(blob -> shared.add(blob.id()));
        }
        Bootstrap below = parent == null ? layers.getFirst().image() : parent;
        Bootstrap first = dictionary == null ? below : dictionary;
        if (parent != null) {
            checkConsistent(first, new Layer("the parent image", parent, UnaryOperator.identity()));
        }
        Overlay overlay = new Overlay(WhiteoutSpec.OCI);
        for (Layer layer : layers) {
            checkConsistent(first, layer);
        }
        Node root;
        if (parent == null) {
            root = tree(layers.getFirst(), shared);
            overlay.removeMarks(root);
        } else {
            parent.blobs().forEach(blob -> add(blob, UnaryOperator.identity()));
            root = Node.copyOf(parent);
        }
        for (Layer layer : parent == null ? layers.subList(1, layers.size()) : layers) {
            overlay.apply(root, tree(layer, shared));
        }
        Overlay.settle(root);
        List<BlobInfo> used = keepUsed(root);
        ImageFormat format = ImageFormat.of(layers.getLast().image());
        return new BuiltImage(
                new BootstrapWriter(format).write(root, used, prefetch.table(root)), used, Optional.empty(), 0);
    }

    private void checkTarfs(List<Layer> layers) throws InconsistentLayersException {
        for (Layer layer : layers) {
            if (layer.image().flags().isTarfs() && (parent != null || dictionary != null)) {
                throw new InconsistentLayersException(
                        layer.name() + ": a layer that refers to a tar goes with no parent and no dictionary");
            }
        }
    }

    private static void checkConsistent(Bootstrap first, Layer layer) throws InconsistentLayersException {
        Bootstrap image = layer.image();
        check(layer, "chunk size", first.chunkSize(), image.chunkSize());
        check(layer, "version", first.version().number(), image.version().number());
        check(layer, "explicit owners", first.flags().hasOwners(), image.flags().hasOwners());
        check(layer, "reference to tars", first.flags().isTarfs(), image.flags().isTarfs());
        if (image.version() == RafsVersion.V5) {
            check(layer, "digester", first.flags().digester(), image.flags().digester());
        }
    }

    private static void check(Layer layer, String what, Object first, Object own) throws InconsistentLayersException {
        if (!first.equals(own)) {
            throw new InconsistentLayersException(layer.name() + ": its " + what + " is " + own
                    + ", that of the layers before is " + first + ": build all layers with the same options");
        }
    }

    private int add(BlobInfo blob, UnaryOperator<BlobInfo> known) {
        Integer index = indexes.get(blob.id());
        if (index == null) {
            index = blobs.size();
            indexes.put(blob.id(), index);
            BlobInfo alone = blob.withFeatures(blob.features().withoutBootstrap());
            blobs.add(known.apply(alone).withIndex(index));
        }
        return index;
    }

    private Node tree(Layer layer, Set<String> shared) throws IOException {
        int own = 0;
        Map<Integer, Integer> renumbered = new HashMap<>();
        for (BlobInfo blob : layer.image().blobs()) {
            boolean isShared = shared.contains(blob.id());
            if (!isShared && ++own > 1) {
                throw new IOException(layer.name() + ": has several blobs of its own: a layer has one at most,"
                        + " beside those of the dictionary");
            }
            renumbered.put(blob.index(), add(blob, isShared ? UnaryOperator.identity() : layer.known()));
        }
        Node root = Node.copyOf(layer.image());
        renumber(root, renumbered);
        return root;
    }

    /** Leaves out the blobs of which nothing is left; the others are in the order in which the tree comes upon them. */
    private List<BlobInfo> keepUsed(Node root) {
        Map<Integer, Integer> renumbered = new HashMap<>();
        List<BlobInfo> used = new ArrayList<>();
        RegularFiles.forEach(root, file -> {
            for (Chunk chunk : file.chunks()) {
                renumbered.computeIfAbsent(chunk.blob(), index -> {
                    used.add(blobs.get(index).withIndex(used.size()));
                    return used.size() - 1;
                });
            }
        });
        renumber(root, renumbered);
        return List.copyOf(used);
    }

    private static void renumber(Node root, Map<Integer, Integer> indexes) {
        RegularFiles.forEach(
                root,
                file -> file.setChunks(file.chunks().stream()
                        .map(chunk -> chunk.withBlob(indexes.getOrDefault(chunk.blob(), chunk.blob())))
                        .toList()));
    }
}
