package io.obd.rafs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Makes a bootstrap of version 5: super block, inode table, files to prefetch, blobs, inodes with their chunks. */
final class V5Writer {
    private final ImageFormat format;
    private final List<BlobInfo> blobs;

    V5Writer(ImageFormat format, List<BlobInfo> blobs) {
        this.format = format;
        this.blobs = blobs;
    }

    ByteBuffer write(Node root, List<Node> prefetch) throws ImageLimitException {
        V5Numbering numbering = new V5Numbering(format.digester());
        numbering.number(root);
        List<V5Placed> inodes = numbering.all();

        long prefetchTable = V5SuperBlock.padded(V5SuperBlock.SIZE + (long) inodes.size() * Integer.BYTES);
        long blobTable = V5SuperBlock.padded(prefetchTable + (long) prefetch.size() * Integer.BYTES);
        byte[] table = V5Blobs.encode(blobs);
        long extendedTable = blobTable + table.length;
        long inodesAt = extendedTable + (long) blobs.size() * V5Blobs.EXTENDED_SIZE;
        ByteBuffer out = ByteBuffer.allocate(end(inodesAt, inodes)).order(ByteOrder.LITTLE_ENDIAN);

        boolean xattrs = inodes.stream()
                .anyMatch(inode -> !inode.node.attributes().xattrs().isEmpty());
        ImageFlags flags = ImageFlags.of(
                format.compressor(),
                format.digester(),
                (format.owners() ? ImageFlags.EXPLICIT_OWNERS : 0) | (xattrs ? ImageFlags.XATTRS : 0));
        new V5SuperBlock(
                        format.chunkSize(),
                        flags,
                        numbering.files(),
                        V5SuperBlock.SIZE,
                        inodes.size(),
                        prefetchTable,
                        prefetch.size(),
                        blobTable,
                        table.length,
                        extendedTable,
                        blobs.size())
                .encode(out);
        for (int i = 0; i < prefetch.size(); i++) {
            out.putInt((int) prefetchTable + i * Integer.BYTES, numbering.inoOf(prefetch.get(i)));
        }
        out.put((int) blobTable, table);
        for (BlobInfo blob : blobs) {
            V5Blobs.encodeExtended(out, (int) extendedTable + blob.index() * V5Blobs.EXTENDED_SIZE, blob);
        }
        int at = (int) inodesAt;
        for (V5Placed inode : inodes) {
            out.putInt(V5SuperBlock.SIZE + (inode.index - 1) * Integer.BYTES, at / V5SuperBlock.ALIGNMENT);
            V5InodeLayout.encode(out, at, inode);
            at += (int) V5InodeLayout.size(inode);
        }
        return out;
    }

    private static int end(long inodesAt, List<V5Placed> inodes) throws ImageLimitException {
        long end = inodesAt;
        for (V5Placed inode : inodes) {
            end += V5InodeLayout.size(inode);
        }
        if (end > Integer.MAX_VALUE) {
            throw new ImageLimitException("a bootstrap of " + end + " bytes: 2 GiB is the most that is written");
        }
        return (int) end;
    }
}
