package io.obd.fuse;

/**
 * The structs behind the answer's header.
 *
 * <pre>
 * fuse_entry_out    0 u64 node  8 u64 generation  16 u64 entry_valid  24 u64 attr_valid  32 2 × u32 ns   40 fuse_attr
 * fuse_attr_out     0 u64 attr_valid  8 u32 ns   12 u32 unused  16 fuse_attr
 * fuse_open_out     0 u64 fh   8 u32 flags   12 s32 backing id
 * fuse_write_out    0 u32 bytes written   4 u32 unused
 * fuse_statfs_out   0 u64 blocks, bfree, bavail, files, ffree  40 u32 bsize  44 u32 namelen  48 u32 frsize  52 … 80 zero
 * fuse_getxattr_out 0 u32 size   4 u32 unused
 * fuse_dirent       0 u64 ino  8 u64 offset of the next  16 u32 length of the name  20 u32 type  24 name, padded to 8
 * fuse_direntplus   0 fuse_entry_out   128 fuse_dirent
 * </pre>
 */
final class ReplyLayout {
    static final int ENTRY_NODE = 0;
    static final int ENTRY_VALID = 16;
    static final int ENTRY_ATTR_VALID = 24;
    static final int ENTRY_ATTR = 40;
    static final int ENTRY_LENGTH = ENTRY_ATTR + AttrLayout.LENGTH;

    static final int ATTR_VALID = 0;
    static final int ATTR_ATTR = 16;
    static final int ATTR_LENGTH = ATTR_ATTR + AttrLayout.LENGTH;

    static final int OPEN_FLAGS = 8;
    static final int OPEN_LENGTH = 16;

    static final int WRITTEN = 0;
    static final int WRITE_LENGTH = 8;

    static final int XATTR_SIZE = 0;
    static final int XATTR_LENGTH = 8;

    static final int STATFS_FILES = 24;
    static final int STATFS_BSIZE = 40;
    static final int STATFS_NAMELEN = 44;
    static final int STATFS_FRSIZE = 48;
    static final int STATFS_LENGTH = 80;

    static final int DIRENT_INO = 0;
    static final int DIRENT_NEXT = 8;
    static final int DIRENT_NAME_LENGTH = 16;
    static final int DIRENT_TYPE = 20;
    static final int DIRENT_NAME = 24;
    static final int DIRENT_ALIGNMENT = 8;

    /** Reads go past the page cache. */
    static final int FOPEN_DIRECT_IO = 1;
    /** Keep what the page cache holds of the file when it is opened again. */
    static final int FOPEN_KEEP_CACHE = 2;
    /** Keep what was read of a directory. */
    static final int FOPEN_CACHE_DIR = 8;
    /** Send no FLUSH when the file is closed. */
    static final int FOPEN_NOFLUSH = 32;

    /** DT_REG, type of a directory entry. */
    static final int TYPE_REGULAR_FILE = 8;

    private ReplyLayout() {}
}
