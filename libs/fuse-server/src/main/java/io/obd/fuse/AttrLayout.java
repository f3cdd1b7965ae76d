package io.obd.fuse;

import java.nio.ByteBuffer;

/**
 * struct fuse_attr.
 *
 * <pre>
 *  0 u64 ino    8 u64 size  16 u64 blocks (512)  24 u64 atime  32 u64 mtime  40 u64 ctime  48 u32 nanoseconds, 3 times
 * 60 u32 mode  64 u32 nlink 68 u32 uid 72 u32 gid  76 u32 rdev  80 u32 blksize  84 u32 flags
 * </pre>
 */
final class AttrLayout {
    static final int LENGTH = 88;

    private static final int INO = 0;
    private static final int SIZE = 8;
    private static final int BLOCKS = 16;
    private static final int ATIME = 24;
    private static final int MTIME = 32;
    private static final int CTIME = 40;
    private static final int MTIME_NANOSECONDS = 52;
    private static final int MODE = 60;
    private static final int NLINK = 64;
    private static final int UID = 68;
    private static final int GID = 72;
    private static final int RDEV = 76;
    private static final int BLKSIZE = 80;

    private static final int DIRECTORY = 0040000;
    private static final int REGULAR_FILE = 0100000;
    private static final int BLOCK = 4096;

    private AttrLayout() {}

    /** Writes the attributes of a file into a buffer that is zero there. */
    static void putFile(ByteBuffer answer, int at, Node node) {
        FuseFile file = node.file();
        answer.putLong(at + INO, node.id());
        answer.putLong(at + SIZE, file.size());
        answer.putLong(at + BLOCKS, file.size() / 512);
        answer.putInt(at + MODE, REGULAR_FILE | (file.isWritable() ? 0600 : 0400));
        answer.putInt(at + NLINK, 1);
        answer.putInt(at + BLKSIZE, BLOCK);
    }

    /** Writes attributes into a buffer that is zero there. */
    static void put(ByteBuffer answer, int at, long number, FuseAttributes file) {
        answer.putLong(at + INO, number);
        answer.putLong(at + SIZE, file.size());
        answer.putLong(at + BLOCKS, (file.size() + 511) / 512);
        answer.putLong(at + ATIME, file.otherSeconds());
        answer.putLong(at + MTIME, file.seconds());
        answer.putLong(at + CTIME, file.otherSeconds());
        answer.putInt(at + MTIME_NANOSECONDS, file.nanoseconds());
        answer.putInt(at + MODE, file.mode());
        answer.putInt(at + NLINK, (int) file.links());
        answer.putInt(at + UID, (int) file.uid());
        answer.putInt(at + GID, (int) file.gid());
        answer.putInt(at + RDEV, file.device());
        answer.putInt(at + BLKSIZE, BLOCK);
    }

    /** Writes the attributes of the one directory into a buffer that is zero there. */
    static void putDirectory(ByteBuffer answer, int at) {
        answer.putLong(at + INO, Directory.ROOT);
        answer.putInt(at + MODE, DIRECTORY | 0700);
        answer.putInt(at + NLINK, 2);
        answer.putInt(at + BLKSIZE, BLOCK);
    }
}
