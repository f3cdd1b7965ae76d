package io.obd.block;

/**
 * Bytes are known to be somewhere that is not at hand: in the original layer of a turboOCI layer, while another one is built on
 * top of that.
 */
public final class AbsentDataException extends BlobException {

    /**
     * @param blob name of what refers to them
     * @param offset byte position where they are
     * @param problem why they cannot be read
     */
    public AbsentDataException(String blob, long offset, String problem) {
        super(blob, offset, problem);
    }
}
