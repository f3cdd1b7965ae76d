package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * An inode of version 6. The compact form has 32 bytes, the extended one 64.
 *
 * <pre>
 * both      0 u16 format: extended(1) layout(3)   2 u16 xattr count   4 u16 mode   16 u32 block, device or chunks   20 u32 ino
 * compact   6 u16 links   8 u32 size  24 u16 uid  26 u16 gid
 * extended  8 u64 size   24 u32 uid   28 u32 gid  32 u64 mtime        40 u32 nanoseconds  44 u32 links
 * </pre>
 *
 * Extended attributes follow, and behind them a symlink's target, the end of a directory or the addresses of chunks.
 *
 * @param at byte position in the file
 * @param union block, device number or form of the chunks
 * @param xattrSize bytes of extended attributes
 * @param end of the inode and its extended attributes, where the rest begins
 */
record V6InodeLayout(
        long at,
        int layout,
        int mode,
        long size,
        int union,
        long uid,
        long gid,
        long mtime,
        long nanoseconds,
        long links,
        int xattrSize,
        long end) {
    static final int SLOT = 32;

    static final int PLAIN = 0;
    static final int INLINE = 2;
    static final int CHUNKED = 4;

    static final int SIZE_FIELD = 8;
    static final int UNION = 16;

    private static final int EXTENDED = 1;
    private static final int FORMAT_BITS = 0xf;
    private static final int XATTR_COUNT = 2;
    private static final int MODE = 4;
    private static final int COMPACT_LINKS = 6;
    private static final int COMPACT_UID = 24;
    private static final int COMPACT_GID = 26;
    private static final int COMPACT_SIZE = 32;
    private static final int INO = 20;
    private static final int UID = 24;
    private static final int GID = 28;
    private static final int MTIME = 32;
    private static final int NANOSECONDS = 40;
    private static final int LINKS = 44;

    /** Bytes of an inode as it is written: the extended form has room for everything. */
    static final int EXTENDED_SIZE = 64;

    private static final int PERMISSIONS = 07777;
    private static final int NANOSECONDS_LIMIT = 1_000_000_000;

    /** Whether the inode has a modification time, which the compact form has not. */
    static boolean hasTime(MetadataBytes in, long at) throws CorruptBlobException {
        return (in.u16(at) & EXTENDED) != 0;
    }

    /** Replaces the permissions of an inode that has this mode. */
    static void putPermissions(ByteBuffer bytes, int at, int mode, int permissions) {
        bytes.putShort(at + MODE, (short) ((mode & ~PERMISSIONS) | permissions));
    }

    /** Replaces the modification time of an inode of the extended form. */
    static void putTime(ByteBuffer bytes, int at, Instant time) {
        bytes.putLong(at + MTIME, time.getEpochSecond());
        bytes.putInt(at + NANOSECONDS, time.getNano());
    }

    static V6InodeLayout decode(MetadataBytes in, long at) throws CorruptBlobException {
        int format = in.u16(at);
        if ((format & ~FORMAT_BITS) != 0) {
            throw in.broken(at, "an inode of format 0x" + Integer.toHexString(format));
        }
        int mode = in.u16(at + MODE);
        if (FileType.ofMode(mode) == null) {
            throw in.broken(at + MODE, "an inode with mode 0" + Integer.toOctalString(mode));
        }
        boolean extended = (format & EXTENDED) != 0;
        int layout = format >>> 1;
        int xattrs = V6Xattrs.size(in.u16(at + XATTR_COUNT));
        long end = at + (extended ? EXTENDED_SIZE : COMPACT_SIZE) + xattrs;
        int union = in.i32(at + UNION);
        if (!extended) {
            return new V6InodeLayout(
                    at,
                    layout,
                    mode,
                    in.u32(at + SIZE_FIELD),
                    union,
                    in.u16(at + COMPACT_UID),
                    in.u16(at + COMPACT_GID),
                    0,
                    0,
                    in.u16(at + COMPACT_LINKS),
                    xattrs,
                    end);
        }
        if (in.u32(at + NANOSECONDS) >= NANOSECONDS_LIMIT) {
            throw in.broken(at + NANOSECONDS, in.u32(at + NANOSECONDS) + " nanoseconds");
        }
        return new V6InodeLayout(
                at,
                layout,
                mode,
                in.position(at + SIZE_FIELD, "the size of a file"),
                union,
                in.u32(at + UID),
                in.u32(at + GID),
                ModificationTime.checked(in, at + MTIME),
                in.u32(at + NANOSECONDS),
                in.u32(at + LINKS),
                xattrs,
                end);
    }

    /** @param ino number of the file, which is not its place */
    void encode(ByteBuffer out, int ino) {
        int start = (int) at;
        out.putShort(start, (short) (EXTENDED | (layout << 1)));
        out.putShort(start + XATTR_COUNT, (short) V6Xattrs.count(xattrSize));
        out.putShort(start + MODE, (short) mode);
        out.putLong(start + SIZE_FIELD, size);
        out.putInt(start + UNION, union);
        out.putInt(start + INO, ino);
        out.putInt(start + UID, (int) uid);
        out.putInt(start + GID, (int) gid);
        out.putLong(start + MTIME, mtime);
        out.putInt(start + NANOSECONDS, (int) nanoseconds);
        out.putInt(start + LINKS, (int) links);
    }
}
