package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** A block of a directory being filled. */
final class DirectoryBlock {
    private static final ByteString SELF = ByteString.of(".");
    private static final ByteString PARENT = ByteString.of("..");

    private final ByteBuffer bytes;
    private final int end;
    private int last = -1;
    private int free;

    /** An empty block; {@code tail} leaves room for a checksum. */
    DirectoryBlock(int blockSize, boolean tail) {
        bytes = ByteBuffer.allocate(blockSize).order(ByteOrder.LITTLE_ENDIAN);
        end = tail ? blockSize - DirentLayout.TAIL_LENGTH : blockSize;
        if (tail) {
            bytes.putShort(end + DirentLayout.RECORD_LENGTH, (short) DirentLayout.TAIL_LENGTH);
            bytes.put(end + DirentLayout.TYPE, DirentLayout.TAIL_TYPE);
        }
    }

    boolean addSelfAndParent(Directory directory) {
        return add(directory.inode(), FileType.DIRECTORY, SELF) && add(directory.parent(), FileType.DIRECTORY, PARENT);
    }

    /** Adds a name if there is room. */
    boolean add(int inode, FileType type, ByteString name) {
        int length = DirentLayout.lengthOf(name.length());
        if (length > end - free) {
            return false;
        }
        bytes.putInt(free + DirentLayout.INODE, inode);
        bytes.putShort(free + DirentLayout.RECORD_LENGTH, (short) length);
        bytes.put(free + DirentLayout.NAME_LENGTH, (byte) name.length());
        bytes.put(free + DirentLayout.TYPE, type.directoryEntryType);
        bytes.put(free + DirentLayout.NAME, name.toBytes());
        last = free;
        free += length;
        return true;
    }

    boolean add(Map.Entry<ByteString, DirectoryEntry> entry) {
        return add(entry.getValue().inode(), entry.getValue().type(), entry.getKey());
    }

    /** The block, little-endian, its last entry reaching to the end. */
    ByteBuffer finish() {
        int start = Math.max(last, 0);
        bytes.putShort(start + DirentLayout.RECORD_LENGTH, (short) (end - start));
        return bytes;
    }
}
