package io.obd.block;

/** Bytes that should be a compressed block are none. The caller knows where they came from and says so. */
public final class MalformedBlockException extends Exception {

    /** @param problem what is wrong with the block */
    public MalformedBlockException(String problem) {
        super(problem);
    }

    /** @param problem what the decompressor says */
    public MalformedBlockException(String problem, Throwable cause) {
        super(problem, cause);
    }
}
