package io.obd.fs;

import io.obd.block.MappingStore;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.List;

/**
 * The files and directories of an open file system, one level at a time: a directory and a name in it. No operation
 * changes the times of the directory it happens in, so a directory keeps those of the entry that describes it.
 */
abstract sealed class FileTree permits Ext4Tree, ErofsTree {
    /** No path that the kernel takes names more directories. */
    static final int MAX_DEPTH = 2048;

    private int layer;

    /** From now on data that is in a tar is not read: the blocks are mapped to it. */
    abstract void referTo(MappingStore store);

    /** Starts the next layer; see {@link DirectoryEntry#layer()}. */
    final void nextLayer() {
        layer++;
    }

    final void touch(DirectoryEntry entry) {
        entry.touchedBy(layer);
    }

    abstract Directory root() throws IOException;

    abstract Directory directory(int inode) throws IOException;

    abstract Directory createDirectory(Directory parent, ByteString name, Attributes attributes) throws IOException;

    abstract void createFile(Directory parent, ByteString name, Attributes attributes, FileContent content)
            throws IOException;

    abstract void createSymlink(Directory parent, ByteString name, Attributes attributes, ByteString target)
            throws IOException;

    /** Makes a device, or a FIFO (numbers 0). */
    abstract void createSpecial(
            Directory parent, ByteString name, Attributes attributes, FileType type, int major, int minor)
            throws IOException;

    /** Gives a file that is no directory one more name. */
    abstract void link(Directory parent, ByteString name, DirectoryEntry target) throws IOException;

    /** Gives a directory other attributes; its extended ones are replaced as a whole. */
    abstract void setAttributes(int inode, Attributes attributes) throws IOException;

    /** Gives a file the attributes that came with another name of it; the extended ones that it has stay. */
    abstract void addAttributes(DirectoryEntry file, Attributes attributes) throws IOException;

    abstract ByteString readSymlink(DirectoryEntry entry) throws IOException;

    /** Takes a name away, and with the last name the file; of a directory all that is in it. */
    final void remove(Directory parent, ByteString name) throws IOException {
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
        }
        release(entry);
        parent.remove(name);
    }

    /** Removes from a directory what layers below put there, at any depth; what this layer touched stays. */
    final void removeLower(Directory directory) throws IOException {
        removeLower(directory, 0);
    }

    private void removeLower(Directory directory, int depth) throws IOException {
        for (ByteString name : List.copyOf(directory.entries().keySet())) {
            removeLower(directory, name, depth);
        }
    }

    /** The same for one name. */
    final void removeLower(Directory directory, ByteString name) throws IOException {
        removeLower(directory, name, 0);
    }

    private void removeLower(Directory directory, ByteString name, int depth) throws IOException {
        DirectoryEntry entry = directory.find(name);
        if (entry == null) {
            return;
        }
        boolean ofLower = entry.layer() != layer;
        if (isOwn(directory, name)) {
            removeLower(below(entry, depth), depth + 1);
            if (ofLower) {
                setAttributes(entry.inode(), Attributes.ofLostAndFound());
            }
        } else if (ofLower) {
            remove(directory, name, depth);
        } else if (entry.isDirectory()) {
            removeLower(below(entry, depth), depth + 1);
        }
    }

    /** A directory that is gone into; a damaged file system may have one inside itself. */
    private Directory below(DirectoryEntry entry, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new ImageFsException("directories are more than " + MAX_DEPTH + " deep");
        }
        return directory(entry.inode());
    }

    /** Adds a name as of this layer. */
    final void add(Directory parent, ByteString name, int inode, FileType type) {
        parent.add(name, new DirectoryEntry(inode, type, layer));
    }

    /** Whether a name is one that the file system has for itself: a whiteout takes away only what is in it. */
    abstract boolean isOwn(Directory directory, ByteString name);

    /** One name less for a file; a directory that is empty is gone. */
    abstract void release(DirectoryEntry entry) throws IOException;

    abstract void flush() throws IOException;
}
