package io.obd.rafs.build;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Chunk;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Inode;
import io.obd.rafs.Node;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Makes fewer blobs of those of an image. Blobs of which nothing is used are left out, those of which little is used are
 * written anew without the rest, and small ones are put together.
 */
public final class ImageCompactor {
    private static final int PERCENT = 100;

    private final Rules rules;
    private final Set<String> shared;

    /**
     * What is written anew.
     *
     * @param leastUse percent of a blob's bytes that have to be chunks in use; 0 for no such rule
     * @param small blobs of fewer bytes are put together
     * @param largest the most bytes of chunks that are put together
     */
    public record Rules(int leastUse, long small, long largest) {}

    /**
     * @param shared identities of blobs that stay as they are, since other images have them
     */
    public ImageCompactor(Rules rules, Set<String> shared) {
        this.rules = rules;
        this.shared = shared;
    }

    /** A blob with what the image uses of it. What other blobs have may be added, which then are no more. */
    private static final class Part {
        private final BlobInfo blob;
        private final List<Chunk> chunks = new ArrayList<>();
        private boolean isRewritten;
        private boolean isGone;

        Part(BlobInfo blob) {
            this.blob = blob;
        }

        long used() {
            return chunks.stream().mapToLong(Chunk::compressedSize).sum();
        }

        void take(Part other) {
            isRewritten = true;
            chunks.addAll(other.chunks);
            other.isGone = true;
        }
    }

    /** What the chunks of one blob have in common. */
    private record Form(Compressor compressor, Digester digester, int chunkSize) {
        static Form of(Part part) {
            return new Form(part.blob.compressor(), part.blob.digester(), part.blob.chunkSize());
        }
    }

    /**
     * Compacts an image. Used once.
     *
     * @param chunks of the image, whose digests it verifies
     * @param target gets the blobs that are new
     * @throws IOException if a chunk cannot be read, or is not what the image says
     */
    public BuiltImage compact(Bootstrap image, ChunkReader chunks, NewBlobs target) throws IOException {
        Map<Inode, Node> nodes = new HashMap<>();
        Node root = Node.copyOf(image, nodes);
        List<Part> parts = parts(image, root);
        markUnderused(parts, chunks);
        mergeSmall(parts);
        ChunkCopies copies = new ChunkCopies(image, chunks);
        Map<Integer, Integer> moved = new HashMap<>();
        List<BlobInfo> blobs = new ArrayList<>();
        for (Part part : parts) {
            int index = blobs.size();
            if (part.isRewritten && !part.isGone) {
                part.chunks.sort(Comparator.comparingInt(Chunk::blob).thenComparingLong(Chunk::compressedOffset));
                blobs.add(target.add(out -> copies.write(part.chunks, index, part.blob, out)));
            } else if (!part.isGone) {
                moved.put(part.blob.index(), index);
                blobs.add(part.blob.withIndex(index));
            }
        }
        RegularFiles.forEach(
                root,
                file -> file.setChunks(file.chunks().stream()
                        .map(chunk -> copies.has(chunk)
                                ? copies.of(chunk)
                                : chunk.withBlob(Objects.requireNonNull(moved.get(chunk.blob()))))
                        .toList()));
        List<Node> prefetch = image.prefetch().stream()
                .map(inode -> Objects.requireNonNull(nodes.get(inode)))
                .toList();
        ByteBuffer bootstrap = new BootstrapWriter(ImageFormat.of(image)).write(root, blobs, prefetch);
        return new BuiltImage(bootstrap, List.copyOf(blobs), Optional.empty(), 0);
    }

    private static List<Part> parts(Bootstrap image, Node root) {
        List<Part> parts = image.blobs().stream().map(Part::new).toList();
        Map<Chunk, Boolean> seen = new LinkedHashMap<>();
        RegularFiles.forEach(root, file -> file.chunks().forEach(chunk -> seen.put(chunk, true)));
        seen.keySet().forEach(chunk -> parts.get(chunk.blob()).chunks.add(chunk));
        parts.forEach(part -> part.isGone = part.chunks.isEmpty());
        return parts;
    }

    private boolean canBeRewritten(Part part) {
        return !part.isGone && !shared.contains(part.blob.id()) && ChunkCopies.canCopy(part.blob);
    }

    private void markUnderused(List<Part> parts, ChunkReader chunks) throws IOException {
        for (Part part : parts) {
            if (rules.leastUse() > 0 && canBeRewritten(part)) {
                long size = part.blob.compressedSize() > 0
                        ? part.blob.compressedSize()
                        : chunks.blob(part.blob.index()).size();
                part.isRewritten = part.used() * PERCENT < size * rules.leastUse();
            }
        }
    }

    private void mergeSmall(List<Part> parts) {
        Map<Form, List<Part>> small = new LinkedHashMap<>();
        for (Part part : parts) {
            if (canBeRewritten(part) && size(part) < rules.small()) {
                small.computeIfAbsent(Form.of(part), _ -> new ArrayList<>()).add(part);
            }
        }
        small.values().forEach(this::merge);
    }

    private static long size(Part part) {
        return part.isRewritten || part.blob.compressedSize() == 0 ? part.used() : part.blob.compressedSize();
    }

    /** The smallest first, as many as go into one. */
    private void merge(Collection<Part> small) {
        Part all = null;
        for (Part part : small.stream()
                .sorted(Comparator.comparingLong(ImageCompactor::size))
                .toList()) {
            if (all != null && all.used() + part.used() <= rules.largest()) {
                all.take(part);
            } else {
                all = part;
            }
        }
    }
}
