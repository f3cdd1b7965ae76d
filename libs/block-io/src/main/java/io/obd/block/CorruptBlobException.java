package io.obd.block;

/** The bytes of a blob do not pass a check of their format: a magic, a checksum, a range. */
public final class CorruptBlobException extends BlobException {

    /**
     * @param blob name of the blob
     * @param offset byte position of the field or block that failed
     * @param check what was checked, expected and found
     */
    public CorruptBlobException(String blob, long offset, String check) {
        super(blob, offset, check);
    }
}
