package io.obd.lsmt;

import io.obd.block.BlobException;

/** The file is intact, but of a kind that cannot be opened this way. */
public final class UnsupportedLayerException extends BlobException {

    /**
     * @param blob name of the file
     * @param offset byte position of the field that says so
     * @param kind what it is
     */
    public UnsupportedLayerException(String blob, long offset, String kind) {
        super(blob, offset, kind);
    }
}
