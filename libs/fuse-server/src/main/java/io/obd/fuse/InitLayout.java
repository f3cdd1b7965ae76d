package io.obd.fuse;

/**
 * struct fuse_init_in behind the request's header and struct fuse_init_out behind the answer's.
 *
 * <pre>
 * in:  0 u32 major   4 u32 minor   8 u32 max_readahead  12 u32 flags   16 u32 flags2  …
 * out: 0 u32 major   4 u32 minor   8 u32 max_readahead  12 u32 flags
 *     16 u16 max_background  18 u16 congestion_threshold  20 u32 max_write  24 u32 time_gran
 *     28 u16 max_pages  30 u16 map_alignment  32 u32 flags2  36 … 64 zero
 * </pre>
 */
final class InitLayout {
    static final int MAJOR = 0;
    static final int MINOR = 4;
    static final int MAX_READAHEAD = 8;
    static final int FLAGS = 12;
    static final int IN_LENGTH = 16;
    static final int IN_FLAGS2 = 16;
    static final int IN_LENGTH_WITH_FLAGS2 = 20;

    static final int MAX_BACKGROUND = 16;
    static final int CONGESTION_THRESHOLD = 18;
    static final int MAX_WRITE = 20;
    static final int TIME_GRANULARITY = 24;
    static final int MAX_PAGES = 28;
    static final int OUT_FLAGS2 = 32;
    static final int OUT_LENGTH = 64;

    /** Several reads of a file at once. */
    static final int ASYNC_READ = 1;
    /** Writes longer than a page. */
    static final int BIG_WRITES = 1 << 5;
    /** Directories may be read with the attributes of what is in them. */
    static final int DO_READDIRPLUS = 1 << 13;
    /** The kernel asks for the attributes when it expects to need them. */
    static final int READDIRPLUS_AUTO = 1 << 14;
    /** Direct I/O of several requests at once: what a loop device needs to have more than one under way. */
    static final int ASYNC_DIO = 1 << 15;
    /** OPEN need not be sent once it was answered with ENOSYS. */
    static final int NO_OPEN_SUPPORT = 1 << 17;
    /** Lookups in a directory beside each other. */
    static final int PARALLEL_DIROPS = 1 << 18;
    /** {@link #MAX_PAGES} is valid. */
    static final int MAX_PAGES_VALID = 1 << 22;
    /** The targets of symbolic links are kept. */
    static final int CACHE_SYMLINKS = 1 << 23;
    /** The second word of flags is valid; it holds the flags from bit 32 on. */
    static final int INIT_EXT = 1 << 30;
    /** Requests that were read and not answered are sent again when the server asks for it (Linux 6.9). */
    static final long HAS_RESEND = 1L << 39;

    private static final long ALWAYS =
            ASYNC_READ | BIG_WRITES | ASYNC_DIO | PARALLEL_DIROPS | MAX_PAGES_VALID | INIT_EXT | HAS_RESEND;

    /** What a mount with one directory agrees on. */
    static final long FLAT = ALWAYS;
    /** What a mount of a tree agrees on. */
    static final long TREE = ALWAYS | DO_READDIRPLUS | READDIRPLUS_AUTO | NO_OPEN_SUPPORT | CACHE_SYMLINKS;

    private InitLayout() {}
}
