package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Where the tables of a bootstrap are, for those who look into its bytes.
 *
 * @param blobs first byte of the table of blobs
 * @param blobsSize bytes of it
 * @param prefetch first byte of the table of files to prefetch
 * @param prefetchEntries files in it
 * @param chunks first byte of the table of chunks, which version 6 has
 * @param chunksSize bytes of it
 * @param mappedBlocks for each blob, the block of EROFS that it begins at; 0 in version 5
 */
public record BootstrapTables(
        long blobs,
        long blobsSize,
        long prefetch,
        long prefetchEntries,
        long chunks,
        long chunksSize,
        List<Long> mappedBlocks) {

    static BootstrapTables of(MetadataBytes in, V6SuperBlock image) throws CorruptBlobException {
        List<Long> blocks = new ArrayList<>();
        for (int i = 0; i < image.devices(); i++) {
            blocks.add(DeviceSlotLayout.mappedBlock(in, V6SuperBlock.DEVICE_TABLE + (long) i * DeviceSlotLayout.SIZE));
        }
        return new BootstrapTables(
                image.blobTable().offset(),
                image.blobTable().size(),
                image.prefetchTable().offset(),
                image.prefetchTable().size() / Integer.BYTES,
                image.chunkTable().offset(),
                image.chunkTable().size(),
                List.copyOf(blocks));
    }

    static BootstrapTables of(V5SuperBlock image, int blobs) {
        return new BootstrapTables(
                image.blobTable(),
                image.blobTableSize(),
                image.prefetchTable(),
                image.prefetchEntries(),
                0,
                0,
                Collections.nCopies(blobs, 0L));
    }
}
