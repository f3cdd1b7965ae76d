package io.obd.fs;

/** The error numbers of libext2fs that are told apart here. */
final class ErrorCodes {
    static final long BLOCK_ALLOC_FAIL = 2133571400L;
    static final long INODE_ALLOC_FAIL = 2133571401L;
    static final long EA_NO_SPACE = 2133571491L;

    private ErrorCodes() {}
}
