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
import org.jspecify.annotations.Nullable;

/**
 * A file system on a {@link BlockStore}, to be looked at: nothing is ever written to the store. Only blocks that an answer
 * needs are read, so that the store may be far away.
 *
 * <p>What a damaged file system says is checked before it is used: every method throws {@link ImageFsException} where it
 * makes no sense, and none of them runs for ever.
 *
 * <p>Not for several threads at a time, and for platform threads only.
 */
public abstract sealed class FileSystemReader implements Closeable permits Ext4Reader, ErofsReader {
    private static final int MAX_SYMLINKS = 40;

    FileSystemReader() {}

    /**
     * Opens the file system of a store: EROFS where its magic number is, otherwise ext4.
     *
     * @param store stays open when this is closed
     * @throws ImageFsException if there is none, its superblock is damaged, or it has features that are not known here
     */
    public static FileSystemReader open(BlockStore store) throws IOException {
        return ErofsVolume.isOn(store) ? ErofsReader.on(store) : Ext4Reader.on(store);
    }

    /** The root directory. */
    public abstract FileInfo root() throws IOException;

    /** The file of an inode. */
    abstract FileInfo file(int inode) throws IOException;

    /** The names in a directory. */
    abstract Directory names(FileInfo directory) throws IOException;

    /** Where a symlink leads, as it is written in it. */
    public abstract ByteString readLink(FileInfo symlink) throws IOException;

    /** Extended attributes by their full names, values as {@code getxattr(2)} gives them. */
    public abstract SortedMap<ByteString, ByteString> attributes(FileInfo file) throws IOException;

    /** The content of a regular file. */
    public abstract FileData data(FileInfo file) throws IOException;

    @Override
    public abstract void close();

    /**
     * The file at a path from the root. Symlinks on the way are followed inside the root, the last name only if
     * {@code follow}.
     *
     * @return null if there is none
     */
    public final @Nullable FileInfo find(ByteString path, boolean follow) throws IOException {
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
            DirectoryEntry entry = names(here).find(name);
            if (entry == null) {
                return null;
            }
            FileInfo found = file(entry.inode());
            if (found.type() == FileType.SYMLINK && (follow || !ahead.isEmpty())) {
                if (++symlinks > MAX_SYMLINKS) {
                    throw new ImageFsException(path + ": more than " + MAX_SYMLINKS + " symlinks on the way");
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
    public final List<NamedFile> list(FileInfo directory) throws IOException {
        List<NamedFile> files = new ArrayList<>();
        for (var entry : names(directory).entries().entrySet()) {
            ByteString name = entry.getKey();
            if (name.length() == 0 || name.indexOf('/', 0) >= 0 || name.indexOf(0, 0) >= 0) {
                throw new ImageFsException("directory " + Integer.toUnsignedString(directory.inode())
                        + " has a name that is none: \"" + name + "\"");
            }
            files.add(new NamedFile(name, file(entry.getValue().inode())));
        }
        files.sort(Comparator.comparing(NamedFile::name));
        return files;
    }
}
