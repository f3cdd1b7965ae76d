package io.obd.block;

import java.io.IOException;

/** A blob could not be read as what it should be. Says which blob and where in it. */
public abstract class BlobException extends IOException {
    private final String blob;
    private final long offset;

    /**
     * @param blob what {@link BlobReader#name()} says
     * @param offset byte position in that blob
     * @param problem what is wrong, as the rest of the sentence
     */
    protected BlobException(String blob, long offset, String problem) {
        super(blob + ": at byte " + offset + ": " + problem);
        this.blob = blob;
        this.offset = offset;
    }

    /** Name of the blob. */
    public String blob() {
        return blob;
    }

    /** Byte position in the blob. */
    public long offset() {
        return offset;
    }
}
