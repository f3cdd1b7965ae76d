package io.obd.tools;

/** What the tools exit with: the numbers scripts written for the originals know. */
final class ExitCode {
    static final int OK = 0;

    /** The tool ran and failed; the original's {@code exit(-1)}. */
    static final int FAILED = 255;

    /** A value that is no number, out of its range, or names no file. */
    static final int VALIDATION = 105;

    /** A required argument is missing. */
    static final int REQUIRED = 106;

    /** An argument too many. */
    static final int EXTRA = 109;

    private ExitCode() {}
}
