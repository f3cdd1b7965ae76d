package io.obd.fuse;

/**
 * The structs behind the request's header.
 *
 * <pre>
 * fuse_read_in       0 u64 fh   8 u64 offset  16 u32 size  20 u32 read_flags   24 u64 lock_owner  32 u32 flags  36 unused
 * fuse_write_in      0 u64 fh   8 u64 offset  16 u32 size  20 u32 write_flags  24 u64 lock_owner  32 u32 flags  36 unused
 *                   40 the data
 * fuse_fallocate_in  0 u64 fh   8 u64 offset  16 u64 length  24 u32 mode  28 unused
 * fuse_open_in       0 u32 flags  4 u32 open_flags
 * fuse_getxattr_in   0 u32 size   4 unused  8 the name, ended by NUL (GETXATTR)
 * LOOKUP             0 the name, ended by NUL
 * </pre>
 *
 * READDIR and READDIRPLUS have the struct of READ, LISTXATTR that of GETXATTR.
 */
final class RequestLayout {
    static final int OFFSET = 8;
    static final int SIZE = 16;
    static final int READ_LENGTH = 40;
    static final int WRITE_DATA = 40;

    static final int FALLOCATE_MODE = 24;
    static final int FALLOCATE_LENGTH = 32;
    static final int PUNCH_HOLE = 2;
    static final int ZERO_RANGE = 16;

    static final int XATTR_SIZE = 0;
    static final int XATTR_NAME = 8;

    static final int OPEN_FLAGS = 0;
    static final int OPEN_LENGTH = 8;
    /** O_ACCMODE: the bits of the open flags that tell reading from writing; 0 is reading only. */
    static final int ACCESS_MODE = 3;

    private RequestLayout() {}
}
