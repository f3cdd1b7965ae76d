package io.obd.fs;

import static io.obd.fs.ErofsInodeLayout.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;

/** The bytes of one EROFS inode, of either form. */
final class ErofsInode {
    private static final int MAX_COMPACT_LINKS = 0xFFFF;

    private final ByteBuffer bytes;

    private ErofsInode(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A new one in the extended form, with one link and no data. */
    static ErofsInode create(FileType type, Attributes attributes, int number) {
        ErofsInode inode = new ErofsInode(new byte[EXTENDED]);
        inode.bytes
                .putShort(FORMAT, (short) 1)
                .putShort(MODE, (short) type.mode)
                .putInt(NUMBER, number)
                .putInt(LINKS, 1);
        inode.attributes(attributes);
        return inode;
    }

    /** Sets permissions, owner and time of an {@linkplain #isExtended extended} one. */
    void attributes(Attributes attributes) {
        Instant modified = attributes.modified();
        bytes.putShort(MODE, (short) ((mode() & FileType.MASK) | attributes.mode()))
                .putInt(UID, attributes.uid())
                .putInt(GID, attributes.gid())
                .putLong(MTIME, modified.getEpochSecond())
                .putInt(MTIME_NANOS, modified.getNano());
    }

    /** The one that some bytes begin with. */
    static ErofsInode decode(byte[] bytes) throws ErofsException {
        int length = (bytes[FORMAT] & 1) == 0 ? COMPACT : EXTENDED;
        if (bytes.length < length) {
            throw new ErofsException("an inode ends after " + bytes.length + " bytes");
        }
        return new ErofsInode(Arrays.copyOf(bytes, length));
    }

    byte[] bytes() {
        return bytes.array();
    }

    int length() {
        return bytes.capacity();
    }

    boolean isExtended() {
        return length() == EXTENDED;
    }

    int mode() {
        return Short.toUnsignedInt(bytes.getShort(MODE));
    }

    int number() {
        return bytes.getInt(NUMBER);
    }

    int layout() {
        return bytes.getShort(FORMAT) >> 1 & 7;
    }

    void layout(int layout) {
        bytes.putShort(FORMAT, (short) ((bytes.getShort(FORMAT) & ~(7 << 1)) | layout << 1));
    }

    /** Bytes of extended attributes behind the inode. */
    int xattrLength() {
        int count = Short.toUnsignedInt(bytes.getShort(XATTR_COUNT));
        return count == 0 ? 0 : ErofsXattrLayout.HEADER + (count - 1) * ErofsXattrLayout.UNIT;
    }

    /** @param length 0, or that of a header and a multiple of {@value ErofsXattrLayout#UNIT} */
    void xattrLength(int length) {
        int count = length == 0 ? 0 : (length - ErofsXattrLayout.HEADER) / ErofsXattrLayout.UNIT + 1;
        bytes.putShort(XATTR_COUNT, (short) count);
    }

    long size() {
        return isExtended() ? bytes.getLong(SIZE) : Integer.toUnsignedLong(bytes.getInt(SIZE));
    }

    /** @param size below 4 GiB for a compact one */
    void size(long size) {
        if (isExtended()) {
            bytes.putLong(SIZE, size);
        } else {
            bytes.putInt(SIZE, (int) size);
        }
    }

    long uid() {
        return isExtended()
                ? Integer.toUnsignedLong(bytes.getInt(UID))
                : Short.toUnsignedInt(bytes.getShort(COMPACT_UID));
    }

    long gid() {
        return isExtended()
                ? Integer.toUnsignedLong(bytes.getInt(GID))
                : Short.toUnsignedInt(bytes.getShort(COMPACT_GID));
    }

    /** Time of the last change of an {@linkplain #isExtended extended} one; the others have that of the file system. */
    Instant modified() throws ErofsException {
        return ErofsVolume.time(bytes.getLong(MTIME), bytes.getInt(MTIME_NANOS));
    }

    long links() {
        return isExtended()
                ? Integer.toUnsignedLong(bytes.getInt(LINKS))
                : Short.toUnsignedInt(bytes.getShort(COMPACT_LINKS));
    }

    boolean canHaveLinks(long links) {
        return links <= (isExtended() ? Integer.MAX_VALUE : MAX_COMPACT_LINKS);
    }

    /** @param links a number that it {@linkplain #canHaveLinks can have} */
    void links(long links) {
        if (isExtended()) {
            bytes.putInt(LINKS, (int) links);
        } else {
            bytes.putShort(COMPACT_LINKS, (short) links);
        }
    }

    /** First block of the data, form of the chunks, or device. */
    int union() {
        return bytes.getInt(UNION);
    }

    void union(int union) {
        bytes.putInt(UNION, union);
    }

    /** Blocks that the data has to itself; the rest of it is behind the attributes. */
    long plainBlocks() {
        long blocks = Math.ceilDiv(size(), (long) ErofsVolume.BLOCK);
        return layout() == INLINE ? Math.max(0, blocks - 1) : blocks;
    }
}
