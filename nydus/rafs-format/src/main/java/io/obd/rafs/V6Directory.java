package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names in a directory of version 6. Each block begins with its entries of 12 bytes; the names follow, ended by the
 * next one, the end of the directory or NUL.
 *
 * <pre>
 * 0 u64 nid   8 u16 position of the name in the block   10 u8 type   11 u8
 * </pre>
 */
final class V6Directory {
    private static final int ENTRY = 12;
    private static final int NAME_OFFSET = 8;
    private static final int TYPE = 10;
    private static final int NAME_LIMIT = 255;
    static final ByteString SELF = ByteString.of(".");
    static final ByteString PARENT = ByteString.of("..");

    /**
     * A name with the number of its file.
     *
     * @param at position of the entry in the file, for errors
     * @param type number of the file's type
     */
    record Entry(long at, ByteString name, long nid, int type) {}

    private final MetadataBytes in;
    private final V6InodeLayout inode;
    private final int blockSize;

    V6Directory(MetadataBytes in, V6InodeLayout inode, int blockSize) {
        this.in = in;
        this.inode = inode;
        this.blockSize = blockSize;
    }

    /**
     * The entries, without those for the directory itself and its parent.
     *
     * @param limit how many there can be at most
     */
    List<Entry> entries(long nid, long parentNid, long limit) throws CorruptBlobException {
        if (inode.layout() != V6InodeLayout.PLAIN && inode.layout() != V6InodeLayout.INLINE) {
            throw in.broken(inode.at(), "a directory of layout " + inode.layout());
        }
        List<Entry> entries = new ArrayList<>();
        @Nullable ByteString last = null;
        for (long position = 0; position < inode.size(); position += blockSize) {
            int length = (int) Math.min(blockSize, inode.size() - position);
            long block = blockAt(position, length);
            in.range(block, length, "a block of a directory");
            for (Entry entry : block(block, length)) {
                if (last != null && last.compareTo(entry.name()) >= 0) {
                    throw in.broken(entry.at(), "'" + entry.name() + "' stands behind '" + last + "'");
                }
                last = entry.name();
                long expected = entry.name().equals(SELF) ? nid : entry.name().equals(PARENT) ? parentNid : -1;
                if (expected < 0) {
                    entries.add(entry);
                } else if (entry.nid() != expected) {
                    throw in.broken(entry.at(), "'" + entry.name() + "' is " + entry.nid() + ", not " + expected);
                }
                if (entries.size() > limit) {
                    throw in.broken(entry.at(), "more names than the super block has inodes");
                }
            }
        }
        return entries;
    }

    private long blockAt(long position, int length) {
        boolean tail = inode.layout() == V6InodeLayout.INLINE && length < blockSize;
        return tail ? inode.end() : Integer.toUnsignedLong(inode.union()) * blockSize + position;
    }

    private List<Entry> block(long block, int length) throws CorruptBlobException {
        int namesBegin = length < ENTRY ? 0 : in.u16(block + NAME_OFFSET);
        if (namesBegin < ENTRY || namesBegin % ENTRY != 0 || namesBegin > length) {
            throw in.broken(block, "a block of a directory whose names begin at " + namesBegin);
        }
        int count = namesBegin / ENTRY;
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long at = block + (long) i * ENTRY;
            int start = in.u16(at + NAME_OFFSET);
            int end = i + 1 < count ? in.u16(at + ENTRY + NAME_OFFSET) : length;
            if (start < namesBegin || end > length || end < start) {
                throw in.broken(at + NAME_OFFSET, "a name from " + start + " to " + end + " in a block");
            }
            ByteString name = in.string(block + start, end - start, "a name");
            int nul = name.indexOf(0, 0);
            if (i + 1 == count && nul >= 0) {
                name = name.slice(0, nul);
            }
            if (name.length() == 0
                    || name.length() > NAME_LIMIT
                    || name.indexOf('/', 0) >= 0
                    || name.indexOf(0, 0) >= 0) {
                throw in.broken(at, "'" + name + "' is no name of a file");
            }
            entries.add(new Entry(at, name, in.i64(at), in.u8(at + TYPE)));
        }
        return entries;
    }

    /** Bytes of a directory with these names, which are ordered and include "." and "..". */
    static long size(Iterable<ByteString> names, int blockSize) {
        long size = 0;
        for (ByteString name : names) {
            int length = ENTRY + name.length();
            if (size % blockSize + length > blockSize) {
                size += -size & (blockSize - 1);
            }
            size += length;
        }
        return size;
    }

    /** The blocks of a directory, the last of which may be shorter, for the same names; positions are not used. */
    static byte[] encode(List<Entry> entries, int blockSize) {
        List<ByteString> names = entries.stream().map(Entry::name).toList();
        ByteBuffer out = ByteBuffer.allocate((int) size(names, blockSize)).order(ByteOrder.LITTLE_ENDIAN);
        int first = 0;
        while (first < entries.size()) {
            int end = first;
            int used = 0;
            while (end < entries.size() && used + ENTRY + names.get(end).length() <= blockSize) {
                used += ENTRY + names.get(end).length();
                end++;
            }
            encodeBlock(out, entries.subList(first, end));
            if (end < entries.size()) {
                out.position(out.position() + blockSize - used);
            }
            first = end;
        }
        return out.array();
    }

    private static void encodeBlock(ByteBuffer out, List<Entry> entries) {
        int name = entries.size() * ENTRY;
        for (Entry entry : entries) {
            out.putLong(entry.nid())
                    .putShort((short) name)
                    .put((byte) entry.type())
                    .put((byte) 0);
            name += entry.name().length();
        }
        for (Entry entry : entries) {
            out.put(entry.name().toBytes());
        }
    }
}
