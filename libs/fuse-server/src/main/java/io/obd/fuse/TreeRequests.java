package io.obd.fuse;

import io.obd.fuse.FuseObserver.Kind;
import io.obd.linux.Errno;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The requests of a mount of a {@link FuseTree}. */
final class TreeRequests implements Requests {
    /** So many requests of all files wait for their data beside each other, besides those that readers wait with. */
    private static final int WAITING = 64;

    /** What was said of a file stays true: as long as the kernel lets anything be valid. */
    private static final long VALID_SECONDS = 1L << 32;

    private static final int BLOCK = 512;
    private static final int NAME_LIMIT = 255;
    private static final byte[] SELF = {'.'};
    private static final byte[] PARENT = {'.', '.'};
    private static final int SELF_AND_PARENT = 2;

    private final FuseTree tree;
    private final Semaphore permits = new Semaphore(WAITING);
    private final AtomicInteger inUse = new AtomicInteger();

    TreeRequests(FuseTree tree) {
        this.tree = tree;
    }

    @Override
    public @Nullable Node node(long id, @Nullable Node last) {
        FuseNode file = tree.node(id);
        if (file == null || !file.attributes().isRegular()) {
            return null;
        }
        FuseFile content = file.content();
        return last != null && last.id() == id ? last : new Node(id, file::path, content, permits, inUse);
    }

    @Override
    public int alignment() {
        return 1;
    }

    @Override
    public int answer(int opcode, long id, ByteBuffer buffer, int payload) {
        FuseNode node = tree.node(id);
        Kind kind = kind(opcode);
        int result = node == null ? missing(opcode) : answer(opcode, node, buffer, payload);
        if (kind != null) {
            boolean failed = result < 0
                    && result != NO_ANSWER
                    && result != -Errno.ENOENT.number()
                    && result != -Errno.ENODATA.number()
                    && result != -Errno.ENOSYS.number();
            tree.observer().answered(kind, id, failed);
        }
        return result;
    }

    private static int missing(int opcode) {
        return switch (opcode) {
            case Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.NOTIFY_REPLY -> NO_ANSWER;
            case Opcode.DESTROY, Opcode.RELEASE, Opcode.RELEASEDIR -> 0;
            default -> -Errno.ESTALE.number();
        };
    }

    private int answer(int opcode, FuseNode node, ByteBuffer buffer, int payload) {
        return switch (opcode) {
            case Opcode.LOOKUP -> lookup(node, buffer, payload);
            case Opcode.GETATTR -> getattr(node, buffer);
            case Opcode.READLINK -> readlink(node, buffer);
            case Opcode.OPEN -> open(node, buffer, payload);
            case Opcode.OPENDIR -> opendir(node, buffer);
            case Opcode.READDIR -> readdir(node, buffer, payload, false);
            case Opcode.READDIRPLUS -> readdir(node, buffer, payload, true);
            case Opcode.GETXATTR -> getxattr(node, buffer, payload);
            case Opcode.LISTXATTR -> listxattr(node, buffer, payload);
            case Opcode.STATFS -> statfs(buffer);
            case Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.DESTROY -> 0;
            case Opcode.SETATTR -> -Errno.EROFS.number();
            case Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.NOTIFY_REPLY -> NO_ANSWER;
            // The kernel does not ask again for what is not implemented: FLUSH, INTERRUPT, ACCESS, LSEEK, …
            default -> -Errno.ENOSYS.number();
        };
    }

    private static @Nullable Kind kind(int opcode) {
        return switch (opcode) {
            case Opcode.LOOKUP -> Kind.LOOKUP;
            case Opcode.GETATTR -> Kind.GETATTR;
            case Opcode.READLINK -> Kind.READLINK;
            case Opcode.OPEN -> Kind.OPEN;
            case Opcode.RELEASE -> Kind.RELEASE;
            case Opcode.OPENDIR -> Kind.OPENDIR;
            case Opcode.READDIR -> Kind.READDIR;
            case Opcode.READDIRPLUS -> Kind.READDIRPLUS;
            case Opcode.GETXATTR -> Kind.GETXATTR;
            case Opcode.LISTXATTR -> Kind.LISTXATTR;
            case Opcode.STATFS -> Kind.STATFS;
            case Opcode.ACCESS -> Kind.ACCESS;
            case Opcode.FORGET -> Kind.FORGET;
            case Opcode.BATCH_FORGET -> Kind.BATCH_FORGET;
            default -> null;
        };
    }

    /** A name at the end of a request, without the NUL that ends it. */
    private static byte @Nullable [] name(ByteBuffer buffer, int at, int payload) {
        if (payload < at + 1) {
            return null;
        }
        byte[] name = new byte[payload - at - 1];
        buffer.get(InHeader.LENGTH + at, name);
        return name;
    }

    private static int lookup(FuseNode directory, ByteBuffer buffer, int payload) {
        byte[] name = name(buffer, 0, payload);
        if (name == null) {
            return -Errno.EPROTO.number();
        }
        FuseNode found = name.length == PARENT.length && name[0] == '.' && name[1] == '.'
                ? directory.parent()
                : directory.child(name);
        int out = start(buffer, ReplyLayout.ENTRY_LENGTH);
        if (found != null) {
            putEntry(buffer, out, found);
        } else if (directory.isComplete()) {
            // Number 0: there is no such file, and the kernel may remember that.
            buffer.putLong(out + ReplyLayout.ENTRY_VALID, VALID_SECONDS);
        } else {
            return -Errno.ENOENT.number();
        }
        return ReplyLayout.ENTRY_LENGTH;
    }

    private static void putEntry(ByteBuffer buffer, int at, FuseNode node) {
        buffer.putLong(at + ReplyLayout.ENTRY_NODE, node.id());
        buffer.putLong(at + ReplyLayout.ENTRY_VALID, VALID_SECONDS);
        buffer.putLong(at + ReplyLayout.ENTRY_ATTR_VALID, VALID_SECONDS);
        AttrLayout.put(buffer, at + ReplyLayout.ENTRY_ATTR, node.id(), node.attributes());
    }

    private static int getattr(FuseNode node, ByteBuffer buffer) {
        int out = start(buffer, ReplyLayout.ATTR_LENGTH);
        buffer.putLong(out + ReplyLayout.ATTR_VALID, VALID_SECONDS);
        AttrLayout.put(buffer, out + ReplyLayout.ATTR_ATTR, node.id(), node.attributes());
        return ReplyLayout.ATTR_LENGTH;
    }

    private static int readlink(FuseNode node, ByteBuffer buffer) {
        byte[] target = node.target();
        if (target.length == 0) {
            return -Errno.EINVAL.number();
        }
        buffer.clear().put(OutHeader.LENGTH, target);
        return target.length;
    }

    private static int open(FuseNode node, ByteBuffer buffer, int payload) {
        if (payload < RequestLayout.OPEN_LENGTH) {
            return -Errno.EPROTO.number();
        }
        if ((buffer.getInt(InHeader.LENGTH + RequestLayout.OPEN_FLAGS) & RequestLayout.ACCESS_MODE) != 0) {
            return -Errno.EROFS.number();
        }
        if (node.isCached()) {
            // Never asked again: the kernel opens files by itself from now on, and keeps what it has of them.
            return -Errno.ENOSYS.number();
        }
        int out = start(buffer, ReplyLayout.OPEN_LENGTH);
        buffer.putInt(out + ReplyLayout.OPEN_FLAGS, ReplyLayout.FOPEN_NOFLUSH | ReplyLayout.FOPEN_DIRECT_IO);
        return ReplyLayout.OPEN_LENGTH;
    }

    private static int opendir(FuseNode node, ByteBuffer buffer) {
        int out = start(buffer, ReplyLayout.OPEN_LENGTH);
        if (node.isComplete()) {
            buffer.putInt(out + ReplyLayout.OPEN_FLAGS, ReplyLayout.FOPEN_KEEP_CACHE | ReplyLayout.FOPEN_CACHE_DIR);
        }
        return ReplyLayout.OPEN_LENGTH;
    }

    /** The offset of an entry is its place in the directory, from 1, with "." and ".." before the others. */
    private static int readdir(FuseNode directory, ByteBuffer buffer, int payload, boolean plus) {
        if (payload < RequestLayout.READ_LENGTH) {
            return -Errno.EPROTO.number();
        }
        if (!directory.attributes().isDirectory()) {
            return -Errno.ENOTDIR.number();
        }
        long from = buffer.getLong(InHeader.LENGTH + RequestLayout.OFFSET);
        int size = buffer.getInt(InHeader.LENGTH + RequestLayout.SIZE);
        if (from < 0 || size < 0) {
            return -Errno.EINVAL.number();
        }
        int end = OutHeader.LENGTH + Math.min(size, Reader.MAX_TRANSFER);
        int entries = SELF_AND_PARENT + directory.entryCount();
        buffer.clear();
        int out = OutHeader.LENGTH;
        for (int i = (int) Math.min(from, entries); i < entries; i++) {
            byte[] name = entryName(directory, i);
            int dirent = plus ? ReplyLayout.ENTRY_LENGTH : 0;
            int length = padded(dirent + ReplyLayout.DIRENT_NAME + name.length);
            if (out + length > end) {
                break;
            }
            FuseNode node = entry(directory, i);
            zero(buffer, out, length);
            if (plus && i >= SELF_AND_PARENT) { // "." and ".." are not looked up: their number stays 0
                putEntry(buffer, out, node);
            }
            int at = out + dirent;
            buffer.putLong(at + ReplyLayout.DIRENT_INO, node.id());
            buffer.putLong(at + ReplyLayout.DIRENT_NEXT, i + 1L);
            buffer.putInt(at + ReplyLayout.DIRENT_NAME_LENGTH, name.length);
            buffer.putInt(at + ReplyLayout.DIRENT_TYPE, node.attributes().entryType());
            buffer.put(at + ReplyLayout.DIRENT_NAME, name);
            out += length;
        }
        return out - OutHeader.LENGTH;
    }

    private static byte[] entryName(FuseNode directory, int index) {
        return switch (index) {
            case 0 -> SELF;
            case 1 -> PARENT;
            default -> directory.entryName(index - SELF_AND_PARENT);
        };
    }

    private static FuseNode entry(FuseNode directory, int index) {
        return switch (index) {
            case 0 -> directory;
            case 1 -> directory.parent();
            default -> directory.entry(index - SELF_AND_PARENT);
        };
    }

    private int getxattr(FuseNode node, ByteBuffer buffer, int payload) {
        byte[] name = name(buffer, RequestLayout.XATTR_NAME, payload);
        if (name == null) {
            return -Errno.EPROTO.number();
        }
        if (tree.hasNoXattrs()) {
            return -Errno.ENOSYS.number();
        }
        byte[] value = node.xattr(name);
        return value == null ? -Errno.ENODATA.number() : putXattr(buffer, value);
    }

    private int listxattr(FuseNode node, ByteBuffer buffer, int payload) {
        if (payload < RequestLayout.XATTR_NAME) {
            return -Errno.EPROTO.number();
        }
        if (tree.hasNoXattrs()) {
            return -Errno.ENOSYS.number();
        }
        List<byte[]> names = node.xattrNames();
        ByteBuffer list = ByteBuffer.allocate(
                names.stream().mapToInt(name -> name.length + 1).sum());
        names.forEach(name -> list.put(name).put((byte) 0));
        return putXattr(buffer, list.array());
    }

    /** The bytes, or how many there are for who asks with size 0. */
    private static int putXattr(ByteBuffer buffer, byte[] bytes) {
        long room = Integer.toUnsignedLong(buffer.getInt(InHeader.LENGTH + RequestLayout.XATTR_SIZE));
        if (room == 0) {
            int out = start(buffer, ReplyLayout.XATTR_LENGTH);
            buffer.putInt(out + ReplyLayout.XATTR_SIZE, bytes.length);
            return ReplyLayout.XATTR_LENGTH;
        }
        if (bytes.length > room) {
            return -Errno.ERANGE.number();
        }
        buffer.clear().put(OutHeader.LENGTH, bytes);
        return bytes.length;
    }

    private int statfs(ByteBuffer buffer) {
        int out = start(buffer, ReplyLayout.STATFS_LENGTH);
        buffer.putLong(out + ReplyLayout.STATFS_FILES, tree.files());
        buffer.putInt(out + ReplyLayout.STATFS_BSIZE, BLOCK);
        buffer.putInt(out + ReplyLayout.STATFS_NAMELEN, NAME_LIMIT);
        buffer.putInt(out + ReplyLayout.STATFS_FRSIZE, BLOCK);
        return ReplyLayout.STATFS_LENGTH;
    }

    private static int padded(int length) {
        return (length + ReplyLayout.DIRENT_ALIGNMENT - 1) & -ReplyLayout.DIRENT_ALIGNMENT;
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
