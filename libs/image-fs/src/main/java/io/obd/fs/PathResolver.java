package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds directories by path. A symlink on the way is followed, inside the root: an absolute target starts at the root
 * and {@code ..} stops there.
 */
final class PathResolver {
    private static final int MAX_SYMLINKS = 40;

    private final FileTree tree;

    PathResolver(FileTree tree) {
        this.tree = tree;
    }

    /** The directory at a path, or null if there is none. */
    @Nullable
    Directory find(List<ByteString> path) throws IOException {
        return walk(path, false);
    }

    /** The directory at a path; what is missing is made with mode 0755. All on the way counts as of this layer. */
    Directory make(List<ByteString> path) throws IOException {
        Directory directory = walk(path, true);
        if (directory == null) {
            throw new IllegalStateException("a directory was not made");
        }
        return directory;
    }

    private @Nullable Directory walk(List<ByteString> path, boolean make) throws IOException {
        Deque<ByteString> ahead = new ArrayDeque<>(path);
        Deque<Directory> behind = new ArrayDeque<>();
        Directory here = tree.root();
        int symlinks = 0;
        while (!ahead.isEmpty()) {
            ByteString name = ahead.removeFirst();
            if (name.equals(EntryPath.PARENT)) {
                here = behind.isEmpty() ? here : behind.pop();
                continue;
            }
            DirectoryEntry entry = here.find(name);
            if (entry == null && !make) {
                return null;
            }
            if (entry != null && make) {
                tree.touch(entry);
            }
            if (entry != null && entry.type() == FileType.SYMLINK) {
                if (++symlinks > MAX_SYMLINKS) {
                    throw new ImageFsException("more than " + MAX_SYMLINKS + " symlinks on the way, last " + name);
                }
                ByteString target = tree.readSymlink(entry);
                if (target.length() > 0 && target.at(0) == '/') {
                    behind.clear();
                    here = tree.root();
                }
                EntryPath.names(target).reversed().forEach(ahead::addFirst);
                continue;
            }
            if (entry != null && !entry.isDirectory()) {
                if (!make) {
                    return null;
                }
                throw new ImageFsException(name + " on the way is not a directory");
            }
            if (behind.size() == FileTree.MAX_DEPTH) {
                throw new ImageFsException("directories are more than " + FileTree.MAX_DEPTH + " deep");
            }
            behind.push(here);
            here = entry == null
                    ? tree.createDirectory(here, name, Attributes.ofImpliedDirectory())
                    : tree.directory(entry.inode());
        }
        return here;
    }
}
