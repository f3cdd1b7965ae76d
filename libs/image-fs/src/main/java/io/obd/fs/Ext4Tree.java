package io.obd.fs;

import io.obd.block.MappingStore;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;

/** The tree of an ext4 file system. */
final class Ext4Tree extends FileTree {
    private static final int MAX_LINKS = 65_000;
    private static final ByteString LOST_AND_FOUND = ByteString.of("lost+found");

    private final Filsys filsys;
    private final Directories directories;
    private final DataWriter data;
    private final DataPlacements placements;
    private final FileWriter files;

    Ext4Tree(Filsys filsys) {
        this.filsys = filsys;
        directories = new Directories(filsys);
        data = new DataWriter(filsys.store(), filsys.cache());
        placements = new DataPlacements(data);
        files = new FileWriter(filsys, placements);
    }

    @Override
    void referTo(MappingStore store) {
        placements.referTo(store);
    }

    @Override
    Directory root() throws IOException {
        return directories.get(Filsys.ROOT);
    }

    @Override
    Directory directory(int inode) throws IOException {
        return directories.get(inode);
    }

    @Override
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

    @Override
    void createFile(Directory parent, ByteString name, Attributes attributes, FileContent content) throws IOException {
        int number = filsys.allocateInode(parent.inode(), FileType.REGULAR);
        Inode inode = newInode(FileType.REGULAR, true, attributes);
        files.write(number, inode, content);
        setExtended(number, attributes);
        add(parent, name, number, FileType.REGULAR);
    }

    @Override
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

    @Override
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

    @Override
    void link(Directory parent, ByteString name, DirectoryEntry target) throws IOException {
        Inode inode = filsys.readInode(target.inode());
        if (inode.links() >= MAX_LINKS) {
            throw new Ext4Exception("a file cannot have more than " + MAX_LINKS + " names");
        }
        inode.links(inode.links() + 1);
        filsys.writeInode(target.inode(), inode);
        add(parent, name, target.inode(), target.type());
    }

    @Override
    void setAttributes(int number, Attributes attributes) throws IOException {
        Inode inode = filsys.readInode(number);
        inode.attributes(attributes);
        filsys.freeAttributes(number, inode);
        filsys.writeInode(number, inode);
        setExtended(number, attributes);
    }

    @Override
    void addAttributes(DirectoryEntry file, Attributes attributes) throws IOException {
        SortedMap<ByteString, ByteString> all;
        try (Xattrs xattrs = filsys.attributesOf(file.inode())) {
            all = xattrs.all();
        }
        all.putAll(attributes.extended());
        setAttributes(file.inode(), attributes.withExtended(all));
    }

    @Override
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

    /** The lost+found of the root. */
    @Override
    boolean isOwn(Directory directory, ByteString name) {
        return directory.inode() == Filsys.ROOT && name.equals(LOST_AND_FOUND);
    }

    @Override
    void flush() throws IOException {
        directories.flush();
        data.flush();
    }

    @Override
    void release(DirectoryEntry entry) throws IOException {
        if (entry.isDirectory()) {
            directories.forget(entry.inode());
        }
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
