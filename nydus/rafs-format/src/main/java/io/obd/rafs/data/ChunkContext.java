package io.obd.rafs.data;

import io.obd.block.BlobReader;
import io.obd.block.MalformedBlockException;
import java.io.IOException;

/** What several chunks are decompressed out of together: a batch, or a span of a layer in gzip. */
interface ChunkContext {

    /** Bytes of content. */
    int uncompressedSize();

    /**
     * The content.
     *
     * @param blob the blob with the data
     * @throws MalformedBlockException if the stored bytes are wrong
     */
    byte[] decompress(BlobReader blob) throws IOException, MalformedBlockException;

    /** First stored byte in the blob, for errors. */
    long offset();
}
