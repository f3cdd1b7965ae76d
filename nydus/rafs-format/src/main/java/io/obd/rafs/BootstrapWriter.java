package io.obd.rafs;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Makes bootstraps, in the bytes that the original makes out of the same tree. Used in this order:
 *
 * <ol>
 *   <li>make a tree of {@link Node nodes}, its files' content in chunks;
 *   <li>know all blobs that these chunks are in: {@code chunk.blob()} is an index into {@code blobs}, which are in the order
 *       of their {@link BlobInfo#index};
 *   <li>{@link #write} it. {@link Bootstrap#load} reads what this makes, and {@link Node#copyOf} makes a tree of it again.
 * </ol>
 *
 * <p>A blob whose own end will hold the bootstrap is not known by its SHA-256: its identity is {@link #OWN_BLOB} then.
 */
public final class BootstrapWriter {
    /** Stands for the identity of a blob that will hold the bootstrap. */
    public static final String OWN_BLOB = BlobId.UNKNOWN;

    private final ImageFormat format;

    public BootstrapWriter(ImageFormat format) {
        this.format = format;
    }

    /**
     * Makes a bootstrap.
     *
     * @param root the root directory
     * @param prefetch files and directories of the tree to fetch before they are asked for, in that order
     * @throws ImageLimitException if the tree has something that the version has no room for
     */
    public ByteBuffer write(Node root, List<BlobInfo> blobs, List<Node> prefetch) throws ImageLimitException {
        return switch (format.version()) {
            case V6 -> new V6Writer(format, blobs).write(root, prefetch);
            case V5 -> new V5Writer(format, blobs).write(root, prefetch);
        };
    }
}
