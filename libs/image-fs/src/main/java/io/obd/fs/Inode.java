package io.obd.fs;

import static io.obd.fs.InodeLayout.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;

/**
 * The bytes of one inode.
 *
 * <p>Seconds before 1901 or after 2446 do not fit; they become the nearest that does, as in the kernel.
 */
final class Inode {
    private static final long MIN_SECONDS = Integer.MIN_VALUE;
    private static final long MAX_SECONDS = (3L << 32) + Integer.MAX_VALUE;
    private static final int SECTOR = 512;

    private final ByteBuffer bytes;

    /** An inode of zeros. */
    Inode(int length) {
        bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    ByteBuffer bytes() {
        return bytes;
    }

    void clear() {
        for (int i = 0; i < bytes.capacity(); i += Long.BYTES) {
            bytes.putLong(i, 0);
        }
    }

    /** Makes this a new inode: what was in it is gone. Files, directories and long symlinks get an empty extent tree. */
    void initialize(FileType type, boolean extents) {
        clear();
        bytes.putShort(MODE, (short) type.mode);
        bytes.putShort(EXTRA_LENGTH, (short) EXTRA);
        if (extents) {
            clearExtents();
        }
    }

    void clearExtents() {
        for (int i = 0; i < BLOCK_LENGTH; i += Integer.BYTES) {
            bytes.putInt(BLOCK + i, 0);
        }
        bytes.putShort(BLOCK, EXTENT_MAGIC);
        bytes.putShort(BLOCK + 4, EXTENTS_IN_INODE);
        bytes.putInt(FLAGS, bytes.getInt(FLAGS) | FLAG_EXTENTS);
    }

    int mode() {
        return Short.toUnsignedInt(bytes.getShort(MODE));
    }

    FileType type() throws Ext4Exception {
        FileType type = FileType.ofMode(mode());
        if (type == null) {
            throw new Ext4Exception(String.format("an inode has mode 0%o", mode()));
        }
        return type;
    }

    int links() {
        return Short.toUnsignedInt(bytes.getShort(LINKS));
    }

    void links(int count) {
        bytes.putShort(LINKS, (short) count);
    }

    long size() {
        return Integer.toUnsignedLong(bytes.getInt(SIZE_LOW)) | (long) bytes.getInt(SIZE_HIGH) << 32;
    }

    void size(long size) {
        bytes.putInt(SIZE_LOW, (int) size);
        bytes.putInt(SIZE_HIGH, (int) (size >>> 32));
    }

    boolean hasExtents() {
        return (bytes.getInt(FLAGS) & FLAG_EXTENTS) != 0;
    }

    void indexed(boolean indexed) {
        int flags = bytes.getInt(FLAGS);
        bytes.putInt(FLAGS, indexed ? flags | FLAG_INDEX : flags & ~FLAG_INDEX);
    }

    boolean hasAttributeBlock() {
        return bytes.getInt(FILE_ACL_LOW) != 0 || bytes.getShort(FILE_ACL_HIGH) != 0;
    }

    /** Whether there may be extended attributes: a block of them, or the magic that they begin with in the inode. */
    boolean hasAttributes() {
        return hasAttributeBlock() || hasInlineAttributes();
    }

    private boolean hasInlineAttributes() {
        if (bytes.capacity() <= EXTRA_LENGTH) {
            return false;
        }
        int start = EXTRA_LENGTH + Short.toUnsignedInt(bytes.getShort(EXTRA_LENGTH));
        return start + Integer.BYTES <= bytes.capacity() && bytes.getInt(start) == ATTRIBUTES_MAGIC;
    }

    /** Whether a file without extents has no block at all. */
    boolean isBlockMapEmpty() {
        for (int i = 0; i < BLOCK_LENGTH; i += Integer.BYTES) {
            if (bytes.getInt(BLOCK + i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Forgets the extended attributes inside the inode; a block of them must have been freed. */
    void clearInlineAttributes() {
        int end = EXTRA_LENGTH + Short.toUnsignedInt(bytes.getShort(EXTRA_LENGTH));
        for (int i = end; i < bytes.capacity(); i++) {
            bytes.put(i, (byte) 0);
        }
    }

    boolean hasBlocks() {
        return bytes.getInt(BLOCKS_LOW) != 0 || bytes.getShort(BLOCKS_HIGH) != 0;
    }

    /** Counts blocks of {@code blockSize} bytes more. */
    void addBlocks(long count, int blockSize) {
        long sectors = Integer.toUnsignedLong(bytes.getInt(BLOCKS_LOW))
                | Short.toUnsignedLong(bytes.getShort(BLOCKS_HIGH)) << 32;
        sectors += count * (blockSize / SECTOR);
        bytes.putInt(BLOCKS_LOW, (int) sectors);
        bytes.putShort(BLOCKS_HIGH, (short) (sectors >>> 32));
    }

    /** Permissions, owner and times; the change and creation times are the modification time. */
    void attributes(Attributes attributes) {
        bytes.putShort(MODE, (short) ((mode() & FileType.MASK) | (attributes.mode() & ~FileType.MASK)));
        bytes.putShort(UID_LOW, (short) attributes.uid());
        bytes.putShort(UID_HIGH, (short) (attributes.uid() >>> 16));
        bytes.putShort(GID_LOW, (short) attributes.gid());
        bytes.putShort(GID_HIGH, (short) (attributes.gid() >>> 16));
        time(MTIME, MTIME_EXTRA, attributes.modified());
        time(ATIME, ATIME_EXTRA, attributes.accessed());
        time(CTIME, CTIME_EXTRA, attributes.modified());
        time(CRTIME, CRTIME_EXTRA, attributes.modified());
    }

    int permissions() {
        return mode() & ~FileType.MASK;
    }

    int uid() {
        return Short.toUnsignedInt(bytes.getShort(UID_LOW)) | bytes.getShort(UID_HIGH) << 16;
    }

    int gid() {
        return Short.toUnsignedInt(bytes.getShort(GID_LOW)) | bytes.getShort(GID_HIGH) << 16;
    }

    /** The modification time; to the second and until 2038 where the inode has no room for more. */
    Instant modified() {
        long seconds = bytes.getInt(MTIME);
        if (!hasField(MTIME_EXTRA)) {
            return Instant.ofEpochSecond(seconds);
        }
        int extra = bytes.getInt(MTIME_EXTRA);
        return Instant.ofEpochSecond(seconds + ((long) (extra & 3) << 32), extra >>> 2);
    }

    /** Whether a field of 32 bits behind the first 128 bytes is in use. */
    private boolean hasField(int offset) {
        return bytes.capacity() >= offset + Integer.BYTES
                && EXTRA_LENGTH + Short.toUnsignedInt(bytes.getShort(EXTRA_LENGTH)) >= offset + Integer.BYTES;
    }

    /** The root of the tree of extents, and room for nothing else. */
    ByteBuffer extentRoot() {
        return bytes.slice(BLOCK, BLOCK_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void time(int seconds, int extra, Instant time) {
        long second = Math.clamp(time.getEpochSecond(), MIN_SECONDS, MAX_SECONDS);
        int nanosecond = second == time.getEpochSecond() ? time.getNano() : 0;
        int epoch = (int) ((second - (int) second) >>> 32) & 3;
        bytes.putInt(seconds, (int) second);
        bytes.putInt(extra, nanosecond << 2 | epoch);
    }

    /** The target of a symlink that is kept in the inode. */
    byte[] inlineTarget() throws Ext4Exception {
        long length = size();
        if (length >= BLOCK_LENGTH) {
            throw new Ext4Exception("a symlink of " + length + " bytes is in an inode");
        }
        byte[] target = new byte[(int) length];
        bytes.get(BLOCK, target);
        return target;
    }

    void inlineTarget(byte[] target) {
        bytes.put(BLOCK, target);
        size(target.length);
    }

    /** Device number in the kernel's short form where it fits, in its long form otherwise. */
    void device(int major, int minor) {
        if (major < 256 && minor < 256) {
            bytes.putInt(BLOCK, major << 8 | minor);
        } else {
            bytes.putInt(BLOCK + Integer.BYTES, (minor & 0xFF) | major << 8 | (minor & ~0xFF) << 12);
        }
    }

    int deviceMajor() {
        int small = bytes.getInt(BLOCK);
        return small != 0 ? (small >>> 8) & 0xFF : (bytes.getInt(BLOCK + Integer.BYTES) >>> 8) & 0xFFF;
    }

    int deviceMinor() {
        int small = bytes.getInt(BLOCK);
        int large = bytes.getInt(BLOCK + Integer.BYTES);
        return small != 0 ? small & 0xFF : (large & 0xFF) | ((large >>> 12) & 0xFFF00);
    }
}
