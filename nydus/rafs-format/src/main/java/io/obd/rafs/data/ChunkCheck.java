package io.obd.rafs.data;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Chunk;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Compares content with what the image says of it. */
final class ChunkCheck {
    private final boolean digests;

    /** @param digests whether digests are compared, which costs far more than the CRC */
    ChunkCheck(boolean digests) {
        this.digests = digests;
    }

    /**
     * @param source of the content, in error texts
     * @param content of the chunk
     */
    void verify(Chunk chunk, BlobInfo blob, String source, ByteBuffer content) throws CorruptBlobException {
        if (chunk.hasCrc32c()) {
            CRC32C crc = new CRC32C();
            crc.update(content.duplicate());
            if ((int) crc.getValue() != chunk.crc32c()) {
                throw wrong(chunk, source, String.format("CRC-32C %08x, not %08x", crc.getValue(), chunk.crc32c()));
            }
        }
        if (digests) {
            ByteString digest = blob.digester().digest(content.duplicate());
            if (!digest.equals(chunk.digest())) {
                throw wrong(chunk, source, blob.digester() + " " + hex(digest) + ", not " + hex(chunk.digest()));
            }
        }
    }

    private static CorruptBlobException wrong(Chunk chunk, String source, String difference) {
        return new CorruptBlobException(
                source, chunk.compressedOffset(), "chunk " + chunk.index() + " has " + difference);
    }

    private static String hex(ByteString digest) {
        return HexFormat.of().formatHex(digest.toBytes());
    }
}
