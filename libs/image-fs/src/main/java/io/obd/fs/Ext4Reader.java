package io.obd.fs;

import io.obd.block.BlockStore;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** An ext4 file system; for platform threads only, as {@link Ext4}. */
final class Ext4Reader extends FileSystemReader {
    private final Filsys filsys;
    private final DirectoryReader directories;

    private Ext4Reader(Filsys filsys) {
        this.filsys = filsys;
        this.directories = new DirectoryReader(filsys);
    }

    /**
     * Opens the file system of a store.
     *
     * @param store stays open when this is closed
     * @throws Ext4Exception if there is none, its superblock is damaged, or it has features that are not known here
     */
    static Ext4Reader on(BlockStore store) throws IOException {
        return new Ext4Reader(Filsys.openReadOnly(store));
    }

    @Override
    public FileInfo root() throws IOException {
        return file(Filsys.ROOT);
    }

    @Override
    FileInfo file(int inode) throws IOException {
        try {
            return FileInfo.of(inode, filsys.readInode(inode));
        } catch (Ext4Exception e) {
            throw new Ext4Exception("inode " + Integer.toUnsignedString(inode) + ": " + e.getMessage(), e);
        }
    }

    @Override
    Directory names(FileInfo directory) throws IOException {
        return directories.read(directory.inode());
    }

    @Override
    public ByteString readLink(FileInfo symlink) throws IOException {
        Inode inode = filsys.readInode(symlink.inode());
        if (!inode.hasExtents()) {
            return ByteString.copyOf(inode.inlineTarget());
        }
        if (inode.size() <= 0 || inode.size() > filsys.blockSize()) {
            throw new Ext4Exception("inode " + Integer.toUnsignedString(symlink.inode()) + " is a symlink of "
                    + inode.size() + " bytes");
        }
        byte[] block = new byte[filsys.blockSize()];
        filsys.readBlock(filsys.blockOf(symlink.inode(), inode, 0), block);
        return ByteString.copyOf(block, 0, (int) inode.size());
    }

    @Override
    public SortedMap<ByteString, ByteString> attributes(FileInfo file) throws IOException {
        if (!filsys.readInode(file.inode()).hasAttributes()) {
            return new TreeMap<>();
        }
        try (Xattrs attributes = filsys.attributesOf(file.inode())) {
            return attributes.all();
        }
    }

    @Override
    public FileData data(FileInfo file) throws IOException {
        if (file.type() != FileType.REGULAR) {
            throw new IllegalArgumentException("inode " + file.inode() + " is no regular file");
        }
        Inode inode = filsys.readInode(file.inode());
        if (inode.size() < 0) {
            throw new Ext4Exception(
                    "inode " + Integer.toUnsignedString(file.inode()) + " has a size of " + inode.size());
        }
        if (!inode.hasExtents()) {
            if (inode.hasBlocks() && inode.size() > 0 && !inode.isBlockMapEmpty()) {
                throw new Ext4Exception("inode " + Integer.toUnsignedString(file.inode())
                        + " has a block map, only extents are read here: mount the image");
            }
            return new FileData(filsys.store(), inode.size(), List.of());
        }
        return FileData.ofBlocks(
                filsys.store(),
                inode.size(),
                ExtentTree.read(filsys, file.inode(), inode).extents(),
                filsys.blockSize());
    }

    @Override
    public void close() {
        filsys.abandon();
    }
}
