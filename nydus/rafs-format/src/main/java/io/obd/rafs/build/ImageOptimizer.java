package io.obd.rafs.build;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Chunk;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Inode;
import io.obd.rafs.Node;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Gives an image one more blob, in which lies side by side what is to be fetched before it is asked for. The other blobs stay as
 * they are.
 */
public final class ImageOptimizer {
    private final Bootstrap image;
    private final Consumer<ByteString> absent;

    /**
     * A file that is wanted, or a directory with all that is in it.
     *
     * @param path an absolute one
     * @param ranges what is wanted of the file; all of it if there is none
     */
    public record Wanted(ByteString path, List<Range> ranges) {
        private boolean has(long from, long to) {
            return ranges.isEmpty()
                    || ranges.stream().anyMatch(range -> range.offset() < to && from < range.offset() + range.length());
        }
    }

    /**
     * A part of a file.
     *
     * @param offset first byte, not negative
     * @param length bytes, so that the end is a long
     */
    public record Range(long offset, long length) {}

    /** @param absent is told the paths that the image does not have */
    public ImageOptimizer(Bootstrap image, Consumer<ByteString> absent) {
        this.image = image;
        this.absent = absent;
    }

    /**
     * Makes the blob and a bootstrap that uses it.
     *
     * @param chunks of the image, whose digests it verifies
     * @param target gets the blob
     * @throws IOException if a chunk cannot be copied, none is wanted, or the image has that blob
     */
    public BuiltImage optimize(List<Wanted> files, ChunkReader chunks, NewBlobs target) throws IOException {
        Map<Inode, Node> nodes = new HashMap<>();
        Node root = Node.copyOf(image, nodes);
        Set<Chunk> wanted = new LinkedHashSet<>();
        for (Wanted file : files) {
            Node found = Prefetch.find(root, file.path());
            if (found == null) {
                absent.accept(file.path());
            } else {
                RegularFiles.forEach(found, regular -> add(regular, file, wanted));
            }
        }
        if (wanted.isEmpty()) {
            throw new IOException("none of the " + files.size() + " files that are wanted has any content");
        }
        BlobInfo like = form(wanted);
        ChunkCopies copies = new ChunkCopies(image, chunks);
        List<BlobInfo> blobs = new ArrayList<>(image.blobs());
        BlobInfo own = target.add(out -> copies.write(wanted, image.blobs().size(), like, out));
        if (blobs.stream().anyMatch(blob -> blob.id().equals(own.id()))) {
            throw new IOException("blob " + own.id() + " of the image has just that in it already");
        }
        blobs.add(own.withFeatures(own.features().ofPrefetch()));
        RegularFiles.forEach(
                root,
                file -> file.setChunks(file.chunks().stream().map(copies::of).toList()));
        List<Node> prefetch = image.prefetch().stream()
                .map(inode -> Objects.requireNonNull(nodes.get(inode)))
                .toList();
        ByteBuffer bootstrap = new BootstrapWriter(ImageFormat.of(image)).write(root, blobs, prefetch);
        return new BuiltImage(bootstrap, List.copyOf(blobs), Optional.empty(), 0);
    }

    private static void add(Node file, Wanted wanted, Set<Chunk> all) {
        long from = 0;
        for (Chunk chunk : file.chunks()) {
            long to = from + chunk.uncompressedSize();
            if (wanted.has(from, to)) {
                all.add(chunk);
            }
            from = to;
        }
    }

    /** What all chunks of the blob have in common. */
    private BlobInfo form(Set<Chunk> wanted) throws IOException {
        BlobInfo first = image.blobs().get(wanted.iterator().next().blob());
        for (Chunk chunk : wanted) {
            BlobInfo blob = image.blobs().get(chunk.blob());
            if (!ChunkCopies.canCopy(blob)) {
                throw new IOException("blob " + blob.id() + ": its chunks are compressed together (" + blob.features()
                        + "), and cannot be copied one by one");
            }
            if (blob.compressor() != first.compressor() || blob.digester() != first.digester()) {
                throw new IOException("blobs " + first.id() + " and " + blob.id()
                        + " differ in compressor or digester: what is wanted does not go into one blob");
            }
        }
        return first;
    }
}
