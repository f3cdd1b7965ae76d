package io.obd.rafs;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * An image of version 6 as one disk with the file system EROFS: the bootstrap, and behind it the decompressed blobs at the
 * places that the device table gives them.
 *
 * @param blockSize bytes of a block
 * @param bootstrapSize bytes of the bootstrap, at the beginning
 * @param blobs where each blob begins
 * @param size bytes of the disk
 */
public record DiskLayout(int blockSize, long bootstrapSize, List<Long> blobs, long size) {
    private static final long MOST_BLOCKS = 0xffff_ffffL;

    /**
     * Reads the device table.
     *
     * @param file the bootstrap, not one inside a blob
     * @throws CorruptBlobException if the image is not of version 6, or the places cannot be right
     */
    public static DiskLayout read(BlobReader file, Bootstrap image) throws IOException {
        MetadataBytes in = MetadataBytes.load(file);
        if (!V6SuperBlock.isPresent(in)) {
            throw in.broken(V6SuperBlock.OFFSET, "only a bootstrap of version 6 is the beginning of a disk");
        }
        int blockSize = V6SuperBlock.decode(in).blockSize();
        List<Long> blobs = new ArrayList<>();
        long end = in.size();
        for (BlobInfo blob : image.blobs()) {
            long at = V6SuperBlock.DEVICE_TABLE + (long) blob.index() * DeviceSlotLayout.SIZE;
            long start = DeviceSlotLayout.mappedBlock(in, at) * blockSize;
            if (start < end || (start + blob.uncompressedSize()) / blockSize > MOST_BLOCKS) {
                throw in.broken(
                        at,
                        "blob " + blob.id() + " of " + blob.uncompressedSize() + " bytes is to be at byte " + start
                                + " of a disk that is in use up to " + end);
            }
            blobs.add(start);
            end = start + blob.uncompressedSize();
        }
        return new DiskLayout(blockSize, in.size(), List.copyOf(blobs), Math.ceilDiv(end, blockSize) * blockSize);
    }
}
