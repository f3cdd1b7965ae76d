package io.obd.lsmt.blob;

import io.obd.block.BlobException;

/** A ZFile was to be verified, but there is nothing to compare its blocks with. */
public final class MissingChecksumsException extends BlobException {

    MissingChecksumsException(String blob) {
        super(blob, ZFileHeader.VERIFY_OFFSET, "the blocks of this ZFile have no checksums");
    }
}
