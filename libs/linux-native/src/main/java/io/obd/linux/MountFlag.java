package io.obd.linux;

import java.util.Optional;

/**
 * The options of a mount that mount(2) takes as bits. All other options are text for the file system.
 *
 * <p>{@code off} options clear a bit, e.g. {@code rw} clears {@code ro}.
 */
enum MountFlag {
    READ_ONLY("ro", "rw", 1),
    NO_SUID("nosuid", "suid", 2),
    NO_DEV("nodev", "dev", 4),
    NO_EXEC("noexec", "exec", 8),
    SYNCHRONOUS("sync", "async", 16),
    REMOUNT("remount", "", 32),
    DIR_SYNC("dirsync", "", 128),
    NO_SYMLINK_FOLLOW("nosymfollow", "symfollow", 256),
    NO_ATIME("noatime", "atime", 1024),
    NO_DIR_ATIME("nodiratime", "diratime", 2048),
    BIND("bind", "", 4096),
    RECURSIVE_BIND("rbind", "", 4096 | 16384),
    SILENT("silent", "loud", 1 << 15),
    RELATIME("relatime", "norelatime", 1 << 21),
    STRICT_ATIME("strictatime", "nostrictatime", 1 << 24),
    LAZY_TIME("lazytime", "nolazytime", 1 << 25);

    private final String on;
    private final String off;
    private final long bits;

    MountFlag(String on, String off, long bits) {
        this.on = on;
        this.off = off;
        this.bits = bits;
    }

    long bits() {
        return bits;
    }

    /** The flags after an option was read, or empty if the option is not a flag. */
    static Optional<Long> apply(long flags, String option) {
        if (option.equals("defaults")) {
            return Optional.of(flags);
        }
        for (MountFlag flag : values()) {
            if (option.equals(flag.on)) {
                return Optional.of(flags | flag.bits);
            }
            if (option.equals(flag.off)) {
                return Optional.of(flags & ~flag.bits);
            }
        }
        return Optional.empty();
    }
}
