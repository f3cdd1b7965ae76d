package io.obd.nydusimage;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.ChunkInfoTable;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A blob as nydusd's cache has it when all of it was fetched: its chunks decompressed in {@code <blob>.blob.data}, and what is
 * known of them beforehand in {@code <blob>.blob.meta} (specification of nydus-image, {@code --blob-cache-dir}).
 */
final class ReadyCache {
    private static final String DATA = ".blob.data";
    private static final int ALIGNMENT = 4096;

    private final Path directory;

    /** @param directory existing one, which gets the files */
    ReadyCache(Path directory) {
        this.directory = directory;
    }

    /**
     * Writes the files of one blob of an image, unless it has none of that identity.
     *
     * @param id of the blob, or of the one with its chunk information
     */
    void write(Bootstrap image, String id, BlobSource blobs) throws IOException {
        Optional<BlobInfo> blob =
                image.blobs().stream().filter(info -> isOf(info, id)).findFirst();
        if (blob.isPresent()) {
            try (ChunkReader chunks = new ChunkReader(image, blobs, false)) {
                write(image, blob.get(), chunks);
            }
        }
    }

    private static boolean isOf(BlobInfo blob, String id) {
        return blob.id().equals(id)
                || blob.chunkInfo().map(ChunkInfoTable::blobId).equals(Optional.of(id));
    }

    private void write(Bootstrap image, BlobInfo blob, ChunkReader chunks) throws IOException {
        int alignment = blob.features().isAligned() ? ALIGNMENT : 1;
        ByteBuffer content = ByteBuffer.allocateDirect(image.chunkSize());
        try (NewFile file = NewFile.at(directory.resolve(blob.id() + DATA));
                FileChannel data = FileChannel.open(file.written(), StandardOpenOption.WRITE)) {
            for (Chunk chunk : image.chunks()) {
                if (chunk.blob() == blob.index()) {
                    chunks.read(chunk, content.clear());
                    while (content.position() % alignment != 0) {
                        content.put((byte) 0);
                    }
                    DiskWriter.writeFully(data, content.flip(), chunk.uncompressedOffset());
                }
            }
            chunks.saveChunkInfo(blob.index(), directory);
            file.keep();
        }
    }
}
