package io.obd.fs;

/** The fields used of {@code struct struct_ext2_filsys}, the library's view of an open file system (1.47, 64 bit). */
final class FilsysLayout {
    static final long MAGIC_VALUE = 0x7F2BB701L;
    static final int MAGIC = 0;
    static final int SUPERBLOCK = 32;
    static final int BLOCK_SIZE = 40;
    static final int NOW = 184;

    private FilsysLayout() {}
}
