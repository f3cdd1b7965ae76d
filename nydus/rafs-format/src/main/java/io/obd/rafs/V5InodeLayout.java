package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An inode of version 5, 128 bytes.
 *
 * <pre>
 *   0 digest[32]       32 u64 parent        40 u64 ino           48 u32 uid    52 u32 gid    56 u32 project  60 u32 mode
 *  64 u64 size         72 u64 blocks        80 u64 flags         88 u32 links  92 u32 first child
 *  96 u32 children or chunks               100 u16 name size    102 u16 symlink size
 * 104 u32 device      108 u32 nanoseconds  112 u64 mtime        120 zeros
 * </pre>
 *
 * Name, symlink target, extended attributes (u64 size of all, then for each u32 size, name, NUL, value) and chunks follow,
 * each padded to 8 bytes.
 */
final class V5InodeLayout {
    static final int SIZE = 128;

    private static final int SYMLINK = 0x1;
    private static final int XATTRS = 0x4;
    private static final int KNOWN_FLAGS = 0xf;
    private static final int NANOSECONDS_LIMIT = 1_000_000_000;
    private static final int NAME_LIMIT = 255;

    private static final int PARENT = 32;
    private static final int INO = 40;
    private static final int UID = 48;
    private static final int GID = 52;
    private static final int MODE = 60;
    private static final int FILE_SIZE = 64;
    private static final int BLOCKS = 72;
    private static final int FLAGS = 80;
    private static final int LINKS = 88;
    private static final int FIRST_CHILD = 92;
    private static final int COUNT = 96;
    private static final int NAME_SIZE = 100;
    private static final int SYMLINK_SIZE = 102;
    private static final int DEVICE = 104;
    private static final int NANOSECONDS = 108;
    private static final int MTIME = 112;

    private final MetadataBytes in;
    private final long at;

    /** The inode at that position, with the fields checked that stand alone. */
    V5InodeLayout(MetadataBytes in, long at) throws CorruptBlobException {
        this.in = in;
        this.at = at;
        in.range(at, SIZE, "an inode");
        if (in.i32(at + MODE) >>> Short.SIZE != 0 || FileType.ofMode(mode()) == null) {
            throw in.broken(at + MODE, "an inode with mode 0" + Integer.toOctalString(mode()));
        }
        if ((in.i64(at + FLAGS) & ~(long) KNOWN_FLAGS) != 0) {
            throw in.broken(at + FLAGS, "unknown flags of an inode: 0x" + Long.toHexString(in.i64(at + FLAGS)));
        }
        if (nanoseconds() >= NANOSECONDS_LIMIT) {
            throw in.broken(at + NANOSECONDS, nanoseconds() + " nanoseconds");
        }
    }

    long at() {
        return at;
    }

    ByteString digest() throws CorruptBlobException {
        return in.string(at, Digester.LENGTH, "a digest");
    }

    long ino() throws CorruptBlobException {
        return in.position(at + INO, "the number of an inode");
    }

    int mode() throws CorruptBlobException {
        return in.i32(at + MODE);
    }

    long uid() throws CorruptBlobException {
        return in.u32(at + UID);
    }

    long gid() throws CorruptBlobException {
        return in.u32(at + GID);
    }

    long size() throws CorruptBlobException {
        return in.position(at + FILE_SIZE, "the size of a file");
    }

    /** Size of the file in blocks of 512 bytes, its extended attributes included. */
    long blocks() throws CorruptBlobException {
        return in.position(at + BLOCKS, "the number of blocks");
    }

    long links() throws CorruptBlobException {
        return in.u32(at + LINKS);
    }

    /** Index of a directory's first child, from 1. */
    long firstChild() throws CorruptBlobException {
        return in.u32(at + FIRST_CHILD);
    }

    /** How many children, or chunks, there are. */
    long count() throws CorruptBlobException {
        return in.u32(at + COUNT);
    }

    int device() throws CorruptBlobException {
        return in.i32(at + DEVICE);
    }

    long nanoseconds() throws CorruptBlobException {
        return in.u32(at + NANOSECONDS);
    }

    long mtime() throws CorruptBlobException {
        return ModificationTime.checked(in, at + MTIME);
    }

    /** The name this inode has in its directory. */
    ByteString name() throws CorruptBlobException {
        int length = in.u16(at + NAME_SIZE);
        if (length == 0 || length > NAME_LIMIT) {
            throw in.broken(at + NAME_SIZE, "a name of " + length + " bytes");
        }
        return in.string(at + SIZE, length, "a name");
    }

    ByteString target() throws CorruptBlobException {
        int length = in.u16(at + SYMLINK_SIZE);
        if (length == 0 || length != size()) {
            throw in.broken(at + SYMLINK_SIZE, "a symlink of " + size() + " bytes with a target of " + length);
        }
        return in.string(targetAt(), length, "a symlink's target");
    }

    private long targetAt() throws CorruptBlobException {
        return at + SIZE + padded(in.u16(at + NAME_SIZE));
    }

    private long xattrsAt() throws CorruptBlobException {
        return targetAt() + padded(in.u16(at + SYMLINK_SIZE));
    }

    private boolean hasXattrs() throws CorruptBlobException {
        return (in.i64(at + FLAGS) & XATTRS) != 0;
    }

    private long xattrsSize() throws CorruptBlobException {
        long start = xattrsAt();
        long size = in.position(start, "the size of extended attributes");
        in.range(start + Long.BYTES, size, "extended attributes");
        return size;
    }

    /** Where the chunks begin. */
    long chunksAt() throws CorruptBlobException {
        return xattrsAt() + (hasXattrs() ? Long.BYTES + padded(xattrsSize()) : 0);
    }

    Map<ByteString, ByteString> xattrs() throws CorruptBlobException {
        if (!hasXattrs()) {
            return Map.of();
        }
        Map<ByteString, ByteString> xattrs = new LinkedHashMap<>();
        long end = xattrsAt() + Long.BYTES + xattrsSize();
        for (long pair = xattrsAt() + Long.BYTES; pair < end; ) {
            long size = in.u32(pair);
            if (size > end - pair - Integer.BYTES) {
                throw in.broken(pair, "an extended attribute goes past the end of the inode's");
            }
            ByteString text = in.string(pair + Integer.BYTES, size, "an extended attribute");
            int nul = text.indexOf(0, 0);
            if (nul <= 0) {
                throw in.broken(pair, "an extended attribute without a name");
            }
            ByteString name = text.slice(0, nul);
            if (xattrs.put(name, text.slice(nul + 1, text.length())) != null) {
                throw in.broken(pair, "two extended attributes " + name);
            }
            pair += Integer.BYTES + size;
        }
        return xattrs;
    }

    private static long padded(long size) {
        return V5SuperBlock.padded(size);
    }

    /** Bytes of an inode and what follows it. */
    static long size(V5Placed inode) {
        Node node = inode.node;
        return SIZE
                + padded(inode.name.length())
                + padded(node.target().length())
                + xattrsSize(node)
                + (long) node.chunks().size() * ChunkRecordLayout.SIZE;
    }

    private static long xattrsSize(Node node) {
        Map<ByteString, ByteString> xattrs = node.attributes().xattrs();
        return xattrs.isEmpty() ? 0 : Long.BYTES + padded(pairsSize(xattrs));
    }

    private static long pairsSize(Map<ByteString, ByteString> xattrs) {
        long size = 0;
        for (Map.Entry<ByteString, ByteString> xattr : xattrs.entrySet()) {
            size += Integer.BYTES
                    + xattr.getKey().length()
                    + 1L
                    + xattr.getValue().length();
        }
        return size;
    }

    /** Encodes an inode and what follows it. */
    static void encode(ByteBuffer out, int at, V5Placed inode) {
        Node node = inode.node;
        Attributes attributes = node.attributes();
        Instant modified = attributes.modified();
        out.put(at, inode.digest.toBytes());
        out.putLong(at + PARENT, inode.parent);
        out.putLong(at + INO, inode.ino);
        out.putInt(at + UID, (int) attributes.uid());
        out.putInt(at + GID, (int) attributes.gid());
        out.putInt(at + MODE, node.type().mode() | attributes.permissions());
        out.putLong(at + FILE_SIZE, inode.size());
        out.putLong(at + BLOCKS, Math.ceilDiv(inode.size() + xattrsSize(node), Inode.BLOCK));
        out.putLong(
                at + FLAGS,
                (node.type() == FileType.SYMLINK ? SYMLINK : 0)
                        | (attributes.xattrs().isEmpty() ? 0 : XATTRS));
        out.putInt(at + LINKS, (int) inode.links);
        out.putInt(at + FIRST_CHILD, inode.firstChild);
        out.putInt(
                at + COUNT,
                node.isDirectory() ? inode.children.size() : node.chunks().size());
        out.putShort(at + NAME_SIZE, (short) inode.name.length());
        out.putShort(at + SYMLINK_SIZE, (short) node.target().length());
        out.putInt(at + DEVICE, node.device());
        out.putInt(at + NANOSECONDS, modified.getNano());
        out.putLong(at + MTIME, modified.getEpochSecond());
        encodeRest(out, at + SIZE, inode);
    }

    private static void encodeRest(ByteBuffer out, int from, V5Placed inode) {
        Node node = inode.node;
        int at = from;
        out.put(at, inode.name.toBytes());
        at += (int) padded(inode.name.length());
        out.put(at, node.target().toBytes());
        at += (int) padded(node.target().length());
        Map<ByteString, ByteString> xattrs = node.attributes().xattrs();
        if (!xattrs.isEmpty()) {
            out.putLong(at, pairsSize(xattrs));
            int pair = at + Long.BYTES;
            for (Map.Entry<ByteString, ByteString> xattr : xattrs.entrySet()) {
                byte[] name = xattr.getKey().toBytes();
                byte[] value = xattr.getValue().toBytes();
                out.putInt(pair, name.length + 1 + value.length);
                out.put(pair + Integer.BYTES, name);
                out.put(pair + Integer.BYTES + name.length + 1, value);
                pair += Integer.BYTES + name.length + 1 + value.length;
            }
        }
        at += (int) xattrsSize(node);
        long offset = 0;
        for (Chunk chunk : node.chunks()) {
            ChunkRecordLayout.encode(out, at, chunk, offset);
            offset += chunk.uncompressedSize();
            at += ChunkRecordLayout.SIZE;
        }
    }
}
