package io.obd.fs;

import io.obd.block.BlockStore;
import io.obd.fs.tar.ByteString;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An ext4 file system on a {@link BlockStore}, to be looked at: nothing is ever written to the store. Only blocks that an
 * answer needs are read, so that the store may be far away.
 *
 * <p>What a damaged file system says is checked before it is used: every method throws {@link Ext4Exception} where it
 * makes no sense, and none of them runs for ever.
 *
 * <p>Not for several threads at a time, and for platform threads only, as {@link Ext4}.
 */
public final class Ext4Reader implements Closeable {
    private static final int MAX_SYMLINKS = 40;

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
    public static Ext4Reader open(BlockStore store) throws IOException {
        return new Ext4Reader(Filsys.openReadOnly(store));
    }

    /** The root directory. */
    public FileInfo root() throws IOException {
        return file(Filsys.ROOT);
    }

    /** The file of an inode. */
    FileInfo file(int inode) throws IOException {
        try {
            return FileInfo.of(inode, filsys.readInode(inode));
        } catch (Ext4Exception e) {
            throw new Ext4Exception("inode " + Integer.toUnsignedString(inode) + ": " + e.getMessage(), e);
        }
    }

    /**
     * The file at a path from the root. Symlinks on the way are followed inside the root, the last name only if
     * {@code follow}.
     *
     * @return null if there is none
     */
    public @Nullable FileInfo find(ByteString path, boolean follow) throws IOException {
        Deque<ByteString> ahead = new ArrayDeque<>(EntryPath.names(path));
        Deque<FileInfo> behind = new ArrayDeque<>();
        FileInfo here = root();
        int symlinks = 0;
        while (!ahead.isEmpty()) {
            ByteString name = ahead.removeFirst();
            if (!here.isDirectory()) {
                return null;
            }
            if (name.equals(EntryPath.PARENT)) {
                here = behind.isEmpty() ? here : behind.pop();
                continue;
            }
            DirectoryEntry entry = directories.read(here.inode()).find(name);
            if (entry == null) {
                return null;
            }
            FileInfo found = file(entry.inode());
            if (found.type() == FileType.SYMLINK && (follow || !ahead.isEmpty())) {
                if (++symlinks > MAX_SYMLINKS) {
                    throw new Ext4Exception(path + ": more than " + MAX_SYMLINKS + " symlinks on the way");
                }
                ByteString target = readLink(found);
                if (target.length() > 0 && target.at(0) == '/') {
                    behind.clear();
                    here = root();
                }
                EntryPath.names(target).reversed().forEach(ahead::addFirst);
            } else {
                behind.push(here);
                here = found;
            }
        }
        return here;
    }

    /** The files in a directory, without {@code .} and {@code ..}, sorted by the bytes of their names. */
    public List<NamedFile> list(FileInfo directory) throws IOException {
        List<NamedFile> files = new ArrayList<>();
        for (var entry : directories.read(directory.inode()).entries().entrySet()) {
            ByteString name = entry.getKey();
            if (name.length() == 0 || name.indexOf('/', 0) >= 0 || name.indexOf(0, 0) >= 0) {
                throw new Ext4Exception("directory " + Integer.toUnsignedString(directory.inode())
                        + " has a name that is none: \"" + name + "\"");
            }
            files.add(new NamedFile(name, file(entry.getValue().inode())));
        }
        files.sort(Comparator.comparing(NamedFile::name));
        return files;
    }

    /** Where a symlink leads, as it is written in it. */
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

    /** Extended attributes by their full names, values as {@code getxattr(2)} gives them. */
    public SortedMap<ByteString, ByteString> attributes(FileInfo file) throws IOException {
        if (!filsys.readInode(file.inode()).hasAttributes()) {
            return new TreeMap<>();
        }
        try (Xattrs attributes = filsys.attributesOf(file.inode())) {
            return attributes.all();
        }
    }

    /** The content of a regular file. */
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
            return new FileData(filsys.store(), inode.size(), List.of(), filsys.blockSize());
        }
        return new FileData(
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
