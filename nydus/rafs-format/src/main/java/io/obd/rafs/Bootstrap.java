package io.obd.rafs;

import io.obd.block.BlobReader;
import io.obd.block.BlobWindow;
import io.obd.block.CorruptBlobException;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An image as its bootstrap describes it: the tree of files and the blobs that hold their content. All of it is read
 * and checked at once, so that what can be served is known before it is mounted.
 *
 * @param version form of the bootstrap
 * @param flags of the super block
 * @param chunkSize bytes of a chunk that is not the last of its file
 * @param blobs where the content is, by index
 * @param root the root directory
 * @param inodeCount files, each hard link counted once
 * @param nameCount names, the root's included
 * @param chunks all chunks that are used, each once
 * @param prefetch inodes to fetch before they are asked for, in this order
 * @param tables where what was read of these stands
 */
public record Bootstrap(
        RafsVersion version,
        ImageFlags flags,
        int chunkSize,
        List<BlobInfo> blobs,
        Inode root,
        long inodeCount,
        long nameCount,
        List<Chunk> chunks,
        List<Inode> prefetch,
        BootstrapTables tables) {

    /**
     * Reads a bootstrap, or that at the end of a layer's blob. A layer's own bootstrap does not know the identity of the
     * blob it is part of: that is taken from the name of the file, up to its first dot.
     *
     * @throws CorruptBlobException if it is none, or breaks a rule of the format
     */
    public static Bootstrap load(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        int dot = name.indexOf('.');
        if (Files.isDirectory(file)) {
            throw new CorruptBlobException(file.toString(), 0, "no RAFS bootstrap, but a directory");
        }
        try (FileBlob blob = FileBlob.open(file)) {
            return load(blob, dot < 0 ? name : name.substring(0, dot));
        }
    }

    /**
     * Reads a bootstrap, or that at the end of a layer's blob.
     *
     * @param ownBlob identity of the blob that this bootstrap is part of, if it is part of one
     * @throws CorruptBlobException if it is none, or breaks a rule of the format
     */
    public static Bootstrap load(BlobReader file, String ownBlob) throws IOException {
        return load(find(file), ownBlob);
    }

    /**
     * Reads a bootstrap that is in memory.
     *
     * @param name of it, in errors
     * @param ownBlob identity of the blob that this bootstrap is part of, if it is part of one
     * @throws CorruptBlobException if it is none, or breaks a rule of the format
     */
    public static Bootstrap load(String name, ByteBuffer bytes, String ownBlob) throws IOException {
        return load(MetadataBytes.of(name, bytes), ownBlob);
    }

    private static Bootstrap load(MetadataBytes in, String ownBlob) throws IOException {
        return V5SuperBlock.isPresent(in)
                ? new V5Loader(in, V5SuperBlock.decode(in), ownBlob).load()
                : new V6Loader(in, V6SuperBlock.decode(in), ownBlob).load();
    }

    private static MetadataBytes find(BlobReader file) throws IOException {
        long length = Math.min(file.size(), V5SuperBlock.SIZE);
        if (isPresent(MetadataBytes.load(new BlobWindow(file, 0, length, "beginning")))) {
            return MetadataBytes.load(file);
        }
        MetadataBytes inlined = InlinedBootstrap.find(file).orElse(null);
        if (inlined == null || !isPresent(inlined)) {
            throw new CorruptBlobException(
                    file.name(),
                    0,
                    "no RAFS bootstrap: the magic of version 5 is not here, that of version 6 not at byte "
                            + V6SuperBlock.OFFSET + ", and there is none at the end");
        }
        return inlined;
    }

    private static boolean isPresent(MetadataBytes in) throws CorruptBlobException {
        return V5SuperBlock.isPresent(in) || V6SuperBlock.isPresent(in);
    }
}
