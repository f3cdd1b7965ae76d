package io.obd.rafs.build;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The images that a new one is built with: one that it is put upon, one whose chunks it uses, either, or none. In its table
 * of blobs there are all blobs of the first one, then the new one, then those of the dictionary that are used. Until it is
 * known which are, these have indexes behind the new one.
 */
final class KnownImages {
    private @Nullable Bootstrap parent;
    private @Nullable Bootstrap dictionary;
    private WhiteoutSpec whiteouts = WhiteoutSpec.NONE;

    void upon(Bootstrap image, WhiteoutSpec spec) {
        parent = image;
        whiteouts = spec;
    }

    void withDictionary(Bootstrap image) {
        dictionary = image;
    }

    /** Index of the new blob. */
    int ownIndex() {
        return parent == null ? 0 : parent.blobs().size();
    }

    /** All chunks; of equal ones the first counts. */
    List<Chunk> chunks() {
        List<Chunk> chunks = new ArrayList<>();
        if (dictionary != null) {
            for (Chunk chunk : dictionary.chunks()) {
                chunks.add(chunk.withBlob(ownIndex() + 1 + chunk.blob()));
            }
        }
        if (parent != null) {
            chunks.addAll(parent.chunks());
        }
        return chunks;
    }

    /** The image that a layer becomes. */
    Node put(Node layer) {
        if (parent == null) {
            return layer;
        }
        Node root = Node.copyOf(parent);
        new Overlay(whiteouts).apply(root, layer);
        return root;
    }

    /**
     * The table of blobs, to which the chunks of the image refer then.
     *
     * @param own the new blob, if it has any chunk
     */
    List<BlobInfo> table(Node root, Optional<BlobInfo> own) {
        List<BlobInfo> all = new ArrayList<>(parent == null ? List.of() : parent.blobs());
        own.ifPresent(all::add);
        if (dictionary == null) {
            return List.copyOf(all);
        }
        Set<Integer> used = new HashSet<>();
        RegularFiles.forEach(root, file -> file.chunks().forEach(chunk -> used.add(chunk.blob())));
        Map<Integer, Integer> renumbered = new HashMap<>();
        for (BlobInfo blob : dictionary.blobs()) {
            int known = ownIndex() + 1 + blob.index();
            if (used.contains(known)) {
                renumbered.put(known, all.size());
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
