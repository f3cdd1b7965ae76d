package io.obd.fs;

import io.obd.block.MappingStore;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tree of an EROFS file system. In memory a file has the number of its inode on the disk (as an unsigned one), a directory
 * its number in {@link ErofsDirectories}.
 */
final class ErofsTree extends FileTree {
    private static final Logger LOG = LoggerFactory.getLogger(ErofsTree.class);

    private final ErofsVolume volume;
    private final ErofsDirectories directories;
    private final ErofsFiles files;

    ErofsTree(ErofsVolume volume, ErofsDirectories directories) {
        this.volume = volume;
        this.directories = directories;
        this.files = new ErofsFiles(volume);
    }

    @Override
    void referTo(MappingStore store) {
        files.referTo(store);
    }

    @Override
    Directory root() throws IOException {
        return directories.get(ErofsDirectories.ROOT);
    }

    @Override
    Directory directory(int inode) throws IOException {
        return directories.get(inode);
    }

    @Override
    Directory createDirectory(Directory parent, ByteString name, Attributes attributes) throws IOException {
        Directory directory = directories.add(parent.inode(), attributes);
        add(parent, name, directory.inode(), FileType.DIRECTORY);
        return directory;
    }

    @Override
    void createFile(Directory parent, ByteString name, Attributes attributes, FileContent content) throws IOException {
        add(parent, name, numberOf(files.createFile(attributes, content)), FileType.REGULAR);
    }

    @Override
    void createSymlink(Directory parent, ByteString name, Attributes attributes, ByteString target) throws IOException {
        if (target.length() == 0 || target.length() >= ErofsVolume.BLOCK || target.indexOf(0, 0) >= 0) {
            throw new ErofsException(
                    "a symlink target of " + target.length() + " bytes is empty, too long or has a NUL");
        }
        add(parent, name, numberOf(files.createSymlink(attributes, target)), FileType.SYMLINK);
    }

    @Override
    void createSpecial(Directory parent, ByteString name, Attributes attributes, FileType type, int major, int minor)
            throws IOException {
        add(parent, name, numberOf(files.createSpecial(type, attributes, major, minor)), type);
    }

    private int numberOf(long position) throws IOException {
        return (int) volume.nid(position);
    }

    @Override
    void link(Directory parent, ByteString name, DirectoryEntry target) throws IOException {
        long position = positionOf(target);
        ErofsInode inode = volume.inode(position);
        if (!inode.canHaveLinks(inode.links() + 1)) {
            throw new ErofsException("a file has " + inode.links() + " names and cannot have more");
        }
        inode.links(inode.links() + 1);
        volume.write(position, inode.bytes());
        add(parent, name, target.inode(), target.type());
    }

    private long positionOf(DirectoryEntry file) throws IOException {
        return volume.position(Integer.toUnsignedLong(file.inode()));
    }

    @Override
    void setAttributes(int inode, Attributes attributes) {
        directories.setAttributes(inode, attributes);
    }

    /** As far as there is room: an inode has its length since it was written, and so has what is behind it. */
    @Override
    void addAttributes(DirectoryEntry file, Attributes attributes) throws IOException {
        long position = positionOf(file);
        ErofsInode inode = volume.inode(position);
        if (!inode.isExtended()) {
            LOG.warn("inode {}: has no room for the attributes that came with another name of it", file.inode());
            return;
        }
        byte[] more = ErofsXattrs.encode(attributes.extended());
        if (more.length > 0 && !Arrays.equals(more, volume.read(position + inode.length(), inode.xattrLength()))) {
            LOG.warn("inode {}: has no room for the extended attributes of another name of it", file.inode());
        }
        inode.attributes(attributes);
        volume.write(position, inode.bytes());
    }

    @Override
    ByteString readSymlink(DirectoryEntry entry) throws IOException {
        long position = positionOf(entry);
        return ByteString.copyOf(volume.data(position, volume.inode(position), ErofsVolume.BLOCK));
    }

    @Override
    boolean isOwn(Directory directory, ByteString name) {
        return false;
    }

    @Override
    void release(DirectoryEntry entry) throws IOException {
        if (entry.isDirectory()) {
            directories.forget(entry.inode());
            return;
        }
        long position = positionOf(entry);
        ErofsInode inode = volume.inode(position);
        if (inode.links() > 1) {
            inode.links(inode.links() - 1);
            volume.write(position, inode.bytes());
        } else {
            volume.removeInode();
        }
    }

    @Override
    void flush() throws IOException {
        directories.flush();
        files.flush();
    }
}
