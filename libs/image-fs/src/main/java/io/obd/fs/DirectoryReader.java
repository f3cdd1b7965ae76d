package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the names of a directory, whether it is indexed or not. */
final class DirectoryReader {
    private static final ByteString SELF = ByteString.of(".");
    private static final ByteString PARENT = ByteString.of("..");

    /** Longest directory that is read, some million names: they are kept in memory. */
    private static final long MAX_SIZE = 128 << 20;

    private final Filsys filsys;

    DirectoryReader(Filsys filsys) {
        this.filsys = filsys;
    }

    Directory read(int number) throws IOException {
        Inode inode = filsys.readInode(number);
        if (inode.type() != FileType.DIRECTORY) {
            throw new Ext4Exception("inode " + number + " is named as a directory and is none");
        }
        if (inode.size() < 0 || inode.size() > MAX_SIZE) {
            throw new Ext4Exception("directory " + number + " has " + Long.toUnsignedString(inode.size())
                    + " bytes, more than " + MAX_SIZE);
        }
        int blockSize = filsys.blockSize();
        byte[] block = new byte[blockSize];
        ByteBuffer entries = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        filsys.readBlock(filsys.blockOf(number, inode, 0), block);
        Directory directory = new Directory(number, parent(number, entries));
        for (long logical = 0; logical < inode.size() / blockSize; logical++) {
            filsys.readBlock(filsys.blockOf(number, inode, logical), block);
            addNames(directory, entries);
        }
        directory.changed(false);
        return directory;
    }

    private static int parent(int number, ByteBuffer block) throws Ext4Exception {
        int second = recordLength(number, block, 0);
        if (second >= block.capacity() || !name(number, block, second).equals(PARENT)) {
            throw new Ext4Exception("directory " + number + " has no entry ..");
        }
        return block.getInt(second + DirentLayout.INODE);
    }

    private static void addNames(Directory directory, ByteBuffer block) throws Ext4Exception {
        for (int at = 0; at < block.capacity(); at += recordLength(directory.inode(), block, at)) {
            int inode = block.getInt(at + DirentLayout.INODE);
            ByteString name = name(directory.inode(), block, at);
            if (inode != 0 && !name.equals(SELF) && !name.equals(PARENT)) {
                directory.add(name, new DirectoryEntry(inode, type(block.get(at + DirentLayout.TYPE)), 0));
            }
        }
    }

    private static FileType type(byte type) throws Ext4Exception {
        for (FileType known : FileType.values()) {
            if (known.directoryEntryType == type) {
                return known;
            }
        }
        throw new Ext4Exception("a directory entry is of type " + type);
    }

    private static int recordLength(int number, ByteBuffer block, int at) throws Ext4Exception {
        int length = block.capacity() - at < DirentLayout.NAME
                ? 0
                : Short.toUnsignedInt(block.getShort(at + DirentLayout.RECORD_LENGTH));
        if (length < DirentLayout.NAME || length % 4 != 0 || length > block.capacity() - at) {
            throw new Ext4Exception("directory " + number + " has an entry of " + length + " bytes at " + at);
        }
        return length;
    }

    private static ByteString name(int number, ByteBuffer block, int at) throws Ext4Exception {
        int room = recordLength(number, block, at) - DirentLayout.NAME;
        int length = Byte.toUnsignedInt(block.get(at + DirentLayout.NAME_LENGTH));
        if (length > room) {
            throw new Ext4Exception("directory " + number + " has a name of " + length + " bytes in " + room);
        }
        byte[] name = new byte[length];
        block.get(at + DirentLayout.NAME, name);
        return ByteString.copyOf(name);
    }
}
