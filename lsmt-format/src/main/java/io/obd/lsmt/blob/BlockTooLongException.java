package io.obd.lsmt.blob;

import io.obd.block.BlobException;

/** A block of a ZFile does not become short enough for the original to read it back. */
public final class BlockTooLongException extends BlobException {

    /**
     * @param blob name of the ZFile
     * @param offset where the block would be
     * @param block its number
     * @param blockSize its bytes before it was compressed
     * @param length its stored bytes
     * @param limit the most that can be read back
     */
    BlockTooLongException(String blob, long offset, int block, int blockSize, int length, int limit) {
        super(
                blob,
                offset,
                "ZFile block " + block + " of " + blockSize + " bytes becomes " + length
                        + ", and overlaybd reads back no more than " + limit
                        + ": data like this needs blocks of at most " + blockSize / 2 + " bytes");
    }
}
