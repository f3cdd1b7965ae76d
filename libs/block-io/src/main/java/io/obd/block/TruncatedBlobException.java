package io.obd.block;

/** A blob ends before the bytes that were asked for. */
public final class TruncatedBlobException extends BlobException {

    /**
     * @param blob name of the blob
     * @param offset byte position the read began at
     * @param wanted bytes asked for
     * @param size bytes the blob has
     */
    public TruncatedBlobException(String blob, long offset, long wanted, long size) {
        super(blob, offset, wanted + " bytes wanted, but it ends at byte " + size);
    }
}
