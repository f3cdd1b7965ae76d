package io.obd.fuse;

import io.obd.linux.Errno;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Answers the requests that need no data: from memory, at once, in the buffer they came in.
 *
 * <p>Each method reads its struct first and then writes its answer over it. It returns the length of the answer behind
 * the header, or a negative error number.
 */
final class Metadata {
    /** Size and type of a file never change: the kernel need not ask again. */
    private static final long ATTRIBUTES_VALID_SECONDS = 24 * 3600;

    private static final int BLOCK = 4096;
    private static final int NAME_LIMIT = 255;

    private Metadata() {}

    static int lookup(Directory directory, ByteBuffer buffer, int payload) {
        if (payload < 1) {
            return -Errno.EPROTO.number();
        }
        byte[] name = new byte[payload - 1];
        buffer.get(InHeader.LENGTH, name);
        Node node = directory.byName(new String(name, StandardCharsets.UTF_8));
        if (node == null) {
            return -Errno.ENOENT.number();
        }
        int out = start(buffer, ReplyLayout.ENTRY_LENGTH);
        // The name itself stays valid for no time: it may come back as another file.
        buffer.putLong(out + ReplyLayout.ENTRY_NODE, node.id());
        buffer.putLong(out + ReplyLayout.ENTRY_ATTR_VALID, ATTRIBUTES_VALID_SECONDS);
        AttrLayout.putFile(buffer, out + ReplyLayout.ENTRY_ATTR, node);
        return ReplyLayout.ENTRY_LENGTH;
    }

    static int getattr(Directory directory, long id, ByteBuffer buffer) {
        int out = start(buffer, ReplyLayout.ATTR_LENGTH);
        if (id == Directory.ROOT) {
            AttrLayout.putDirectory(buffer, out + ReplyLayout.ATTR_ATTR);
        } else {
            Node node = directory.byId(id);
            if (node == null) {
                return -Errno.ESTALE.number();
            }
            AttrLayout.putFile(buffer, out + ReplyLayout.ATTR_ATTR, node);
        }
        buffer.putLong(out + ReplyLayout.ATTR_VALID, ATTRIBUTES_VALID_SECONDS);
        return ReplyLayout.ATTR_LENGTH;
    }

    static int open(Directory directory, long id, ByteBuffer buffer, int payload) {
        if (payload < RequestLayout.OPEN_LENGTH) {
            return -Errno.EPROTO.number();
        }
        Node node = directory.byId(id);
        if (node == null) {
            return -Errno.ESTALE.number();
        }
        boolean toWrite = (buffer.getInt(InHeader.LENGTH + RequestLayout.OPEN_FLAGS) & RequestLayout.ACCESS_MODE) != 0;
        boolean writable = node.file().isWritable();
        if (toWrite && !writable) {
            return -Errno.EROFS.number();
        }
        int out = start(buffer, ReplyLayout.OPEN_LENGTH);
        buffer.putInt(
                out + ReplyLayout.OPEN_FLAGS,
                ReplyLayout.FOPEN_NOFLUSH | (writable ? 0 : ReplyLayout.FOPEN_KEEP_CACHE));
        return ReplyLayout.OPEN_LENGTH;
    }

    static int opendir(ByteBuffer buffer) {
        start(buffer, ReplyLayout.OPEN_LENGTH);
        return ReplyLayout.OPEN_LENGTH;
    }

    /** READDIR. The offset of an entry is the number of its file, so that changes in between lose none. */
    static int readdir(Directory directory, ByteBuffer buffer, int payload) {
        if (payload < RequestLayout.READ_LENGTH) {
            return -Errno.EPROTO.number();
        }
        long after = buffer.getLong(InHeader.LENGTH + RequestLayout.OFFSET);
        int size = Math.min(buffer.getInt(InHeader.LENGTH + RequestLayout.SIZE), Reader.MAX_TRANSFER);
        List<Node> nodes = directory.nodes();
        int out = OutHeader.LENGTH;
        for (Node node : nodes) {
            if (node.id() <= after) {
                continue;
            }
            byte[] name = node.name().getBytes(StandardCharsets.UTF_8);
            int length = padded(ReplyLayout.DIRENT_NAME + name.length);
            if (out - OutHeader.LENGTH + length > size) {
                break;
            }
            zero(buffer, out, length);
            buffer.putLong(out + ReplyLayout.DIRENT_INO, node.id());
            buffer.putLong(out + ReplyLayout.DIRENT_NEXT, node.id());
            buffer.putInt(out + ReplyLayout.DIRENT_NAME_LENGTH, name.length);
            buffer.putInt(out + ReplyLayout.DIRENT_TYPE, ReplyLayout.TYPE_REGULAR_FILE);
            buffer.put(out + ReplyLayout.DIRENT_NAME, name);
            out += length;
        }
        return out - OutHeader.LENGTH;
    }

    private static int padded(int length) {
        return (length + ReplyLayout.DIRENT_ALIGNMENT - 1) & -ReplyLayout.DIRENT_ALIGNMENT;
    }

    /** STATFS. The loop driver takes the block size as the granularity of discards. */
    static int statfs(ByteBuffer buffer) {
        int out = start(buffer, ReplyLayout.STATFS_LENGTH);
        buffer.putInt(out + ReplyLayout.STATFS_BSIZE, BLOCK);
        buffer.putInt(out + ReplyLayout.STATFS_NAMELEN, NAME_LIMIT);
        buffer.putInt(out + ReplyLayout.STATFS_FRSIZE, BLOCK);
        return ReplyLayout.STATFS_LENGTH;
    }

    /** Zeroes the place of the answer and returns where it begins. */
    private static int start(ByteBuffer buffer, int length) {
        buffer.clear();
        zero(buffer, OutHeader.LENGTH, length);
        return OutHeader.LENGTH;
    }

    private static void zero(ByteBuffer buffer, int at, int length) {
        for (int i = at; i < at + length; i++) {
            buffer.put(i, (byte) 0);
        }
    }
}
