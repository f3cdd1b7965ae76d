package io.obd.fs;

import io.obd.block.MappingStore;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * The files and directories of an open file system, one level at a time: a directory and a name in it. No operation
 * changes the times of the directory it happens in, so a directory keeps those of the entry that describes it.
 */
final class FileTree {
    /** No path that the kernel takes names more directories. */
    static final int MAX_DEPTH = 2048;

    private static final int MAX_LINKS = 65_000;
    private static final ByteString LOST_AND_FOUND = ByteString.of("lost+found");

    private final Filsys filsys;
    private final Directories directories;
    private final DataWriter data;
    private final FileWriter files;
    private int layer;

    FileTree(Filsys filsys) {
        this.filsys = filsys;
        directories = new Directories(filsys);
        data = new DataWriter(filsys.store(), filsys.cache());
        files = new FileWriter(filsys, data);
    }

    /** From now on data that is in a tar is not read: the blocks are mapped to it. */
    void referTo(MappingStore store) {
        files.referTo(store);
    }

    /** Starts the next layer; see {@link DirectoryEntry#layer()}. */
    void nextLayer() {
        layer++;
    }

    private boolean isOfThisLayer(DirectoryEntry entry) {
        return entry.layer() == layer;
    }

    void touch(DirectoryEntry entry) {
        entry.touchedBy(layer);
    }

    Directory root() throws IOException {
        return directories.get(Filsys.ROOT);
    }

    Directory directory(int inode) throws IOException {
        return directories.get(inode);
    }

    Directory createDirectory(Directory parent, ByteString name, Attributes attributes) throws IOException {
        int number = filsys.allocateInode(parent.inode(), FileType.DIRECTORY);
        Inode inode = filsys.newInode();
        inode.initialize(FileType.DIRECTORY, true);
        inode.attributes(attributes);
        filsys.writeInode(number, inode);
        setExtended(number, attributes);
        add(parent, name, number, FileType.DIRECTORY);
        return directories.add(number, parent.inode());
    }

    void createFile(Directory parent, ByteString name, Attributes attributes, FileContent content) throws IOException {
        int number = filsys.allocateInode(parent.inode(), FileType.REGULAR);
        Inode inode = newInode(FileType.REGULAR, true, attributes);
        files.write(number, inode, content);
        setExtended(number, attributes);
        add(parent, name, number, FileType.REGULAR);
    }

    void createSymlink(Directory parent, ByteString name, Attributes attributes, ByteString target) throws IOException {
        if (target.length() == 0 || target.length() >= filsys.blockSize() || target.indexOf(0, 0) >= 0) {
            throw new Ext4Exception(
                    "a symlink target of " + target.length() + " bytes is empty, too long or has a NUL");
        }
        int number = filsys.allocateInode(parent.inode(), FileType.SYMLINK);
        if (target.length() < InodeLayout.BLOCK_LENGTH) {
            Inode inode = newInode(FileType.SYMLINK, false, attributes);
            inode.inlineTarget(target.toBytes());
            filsys.writeInode(number, inode);
        } else {
            files.write(number, newInode(FileType.SYMLINK, true, attributes), new BytesContent(target));
        }
        setExtended(number, attributes);
        add(parent, name, number, FileType.SYMLINK);
    }

    /** Makes a device, or a FIFO (numbers 0). */
    void createSpecial(Directory parent, ByteString name, Attributes attributes, FileType type, int major, int minor)
            throws IOException {
        int number = filsys.allocateInode(parent.inode(), type);
        Inode inode = newInode(type, false, attributes);
        if (type != FileType.FIFO) {
            inode.device(major, minor);
        }
        filsys.writeInode(number, inode);
        setExtended(number, attributes);
        add(parent, name, number, type);
    }

    /** Gives a file that is no directory one more name. */
    void link(Directory parent, ByteString name, DirectoryEntry target) throws IOException {
        Inode inode = filsys.readInode(target.inode());
        if (inode.links() >= MAX_LINKS) {
            throw new Ext4Exception("a file cannot have more than " + MAX_LINKS + " names");
        }
        inode.links(inode.links() + 1);
        filsys.writeInode(target.inode(), inode);
        add(parent, name, target.inode(), target.type());
    }

    /** Gives a directory other attributes; its extended ones are replaced as a whole. */
    void setAttributes(int number, Attributes attributes) throws IOException {
        Inode inode = filsys.readInode(number);
        inode.attributes(attributes);
        filsys.freeAttributes(number, inode);
        filsys.writeInode(number, inode);
        setExtended(number, attributes);
    }

    ByteString readSymlink(DirectoryEntry entry) throws IOException {
        Inode inode = filsys.readInode(entry.inode());
        if (!inode.hasExtents()) {
            return ByteString.copyOf(inode.inlineTarget());
        }
        data.flush();
        byte[] block = new byte[filsys.blockSize()];
        filsys.readBlock(filsys.blockOf(entry.inode(), inode, 0), block);
        return ByteString.copyOf(block, 0, (int) Math.min(inode.size(), block.length));
    }

    /** Takes a name away, and with the last name the file; of a directory all that is in it. */
    void remove(Directory parent, ByteString name) throws IOException {
        remove(parent, name, 0);
    }

    private void remove(Directory parent, ByteString name, int depth) throws IOException {
        DirectoryEntry entry = parent.find(name);
        if (entry == null) {
            return;
        }
        if (entry.isDirectory()) {
            Directory directory = below(entry, depth);
            for (ByteString child : List.copyOf(directory.entries().keySet())) {
                remove(directory, child, depth + 1);
            }
            directories.forget(entry.inode());
        }
        release(entry);
        parent.remove(name);
    }

    /** Removes from a directory what layers below put there, at any depth; what this layer touched stays. */
    void removeLower(Directory directory) throws IOException {
        removeLower(directory, 0);
    }

    private void removeLower(Directory directory, int depth) throws IOException {
        for (ByteString name : List.copyOf(directory.entries().keySet())) {
            removeLower(directory, name, depth);
        }
    }

    /** The same for one name. The lost+found of the root stays: it is the file system's own. */
    void removeLower(Directory directory, ByteString name) throws IOException {
        removeLower(directory, name, 0);
    }

    private void removeLower(Directory directory, ByteString name, int depth) throws IOException {
        DirectoryEntry entry = directory.find(name);
        if (entry == null || (directory.inode() == Filsys.ROOT && name.equals(LOST_AND_FOUND))) {
            return;
        }
        if (!isOfThisLayer(entry)) {
            remove(directory, name, depth);
        } else if (entry.isDirectory()) {
            removeLower(below(entry, depth), depth + 1);
        }
    }

    /** A directory that is gone into; a damaged file system may have one inside itself. */
    private Directory below(DirectoryEntry entry, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new Ext4Exception("directories are more than " + MAX_DEPTH + " deep");
        }
        return directories.get(entry.inode());
    }

    void flush() throws IOException {
        directories.flush();
        data.flush();
    }

    private void release(DirectoryEntry entry) throws IOException {
        int number = entry.inode();
        Inode inode = filsys.readInode(number);
        if (!entry.isDirectory() && inode.links() > 1) {
            inode.links(inode.links() - 1);
            filsys.writeInode(number, inode);
            return;
        }
        data.flush();
        filsys.freeAttributes(number, inode);
        if (hasBlocks(entry.type(), inode)) {
            filsys.freeBlocks(number, inode);
        }
        filsys.freeInode(number, entry.type());
    }

    private static boolean hasBlocks(FileType type, Inode inode) {
        return switch (type) {
            case REGULAR, DIRECTORY -> inode.size() > 0 || inode.hasBlocks();
            case SYMLINK -> inode.hasExtents();
            default -> false;
        };
    }

    private Inode newInode(FileType type, boolean extents, Attributes attributes) {
        Inode inode = filsys.newInode();
        inode.initialize(type, extents);
        inode.attributes(attributes);
        inode.links(1);
        return inode;
    }

    private void add(Directory parent, ByteString name, int number, FileType type) {
        parent.add(name, new DirectoryEntry(number, type, layer));
    }

    private void setExtended(int number, Attributes attributes) throws IOException {
        if (attributes.extended().isEmpty()) {
            return;
        }
        try (Xattrs xattrs = filsys.attributesOf(number)) {
            for (Map.Entry<ByteString, ByteString> xattr : attributes.extended().entrySet()) {
                xattrs.set(xattr.getKey(), xattr.getValue());
            }
        }
    }
}
