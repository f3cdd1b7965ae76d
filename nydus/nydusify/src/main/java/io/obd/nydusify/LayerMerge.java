package io.obd.nydusify;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Chunk;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.ImageLimitException;
import io.obd.rafs.Node;
import io.obd.rafs.build.Overlay;
import io.obd.rafs.build.Prefetch;
import io.obd.rafs.build.WhiteoutSpec;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Makes the bootstrap of an image of those of its layers. */
final class LayerMerge {
    private final Map<String, BlobInfo> blobs = new LinkedHashMap<>();
    private final Node root;
    private final Overlay overlay = new Overlay(WhiteoutSpec.OCI);

    private LayerMerge(Bootstrap lowest) {
        root = treeOf(lowest);
        overlay.removeMarks(root);
    }

    /** @param layers from the bottom up, at least one */
    static ByteBuffer merge(List<Bootstrap> layers, ImageFormat format, Prefetch prefetch) throws ImageLimitException {
        LayerMerge merge = new LayerMerge(layers.getFirst());
        for (Bootstrap layer : layers.subList(1, layers.size())) {
            merge.overlay.apply(merge.root, merge.treeOf(layer));
        }
        List<BlobInfo> used = merge.renumberUsed();
        return new BootstrapWriter(format).write(merge.root, used, prefetch.table(merge.root));
    }

    /** The tree of a layer with chunks that name blobs by their place in {@link #blobs}. */
    private Node treeOf(Bootstrap layer) {
        List<Integer> indexes = new ArrayList<>();
        for (BlobInfo blob : layer.blobs()) {
            blobs.putIfAbsent(
                    blob.id(),
                    blob.withIndex(blobs.size()).withFeatures(blob.features().withoutBootstrap()));
            indexes.add(blobs.get(blob.id()).index());
        }
        Node tree = Node.copyOf(layer);
        renumber(tree, indexes);
        return tree;
    }

    /** Only blobs that are still used stay, in the order in which a walk first meets them. */
    private List<BlobInfo> renumberUsed() {
        List<BlobInfo> all = new ArrayList<>(blobs.values());
        List<Integer> indexes = new ArrayList<>(Collections.nCopies(all.size(), -1));
        List<BlobInfo> used = new ArrayList<>();
        forEachFile(root, file -> {
            for (Chunk chunk : file.chunks()) {
                if (indexes.get(chunk.blob()) < 0) {
                    indexes.set(chunk.blob(), used.size());
                    used.add(all.get(chunk.blob()).withIndex(used.size()));
                }
            }
        });
        renumber(root, indexes);
        return used;
    }

    private static void renumber(Node tree, List<Integer> indexes) {
        forEachFile(
                tree,
                file -> file.setChunks(file.chunks().stream()
                        .map(chunk -> chunk.withBlob(indexes.get(chunk.blob())))
                        .toList()));
    }

    /** Each regular file once, the files of a directory before those of the directories in it. */
    private static void forEachFile(Node tree, Consumer<Node> action) {
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Node> directories = new ArrayDeque<>(List.of(tree));
        while (!directories.isEmpty()) {
            for (Node node : directories.remove().children().values()) {
                if (node.isDirectory()) {
                    directories.add(node);
                } else if (node.isRegular() && seen.add(node)) {
                    action.accept(node);
                }
            }
        }
    }
}
