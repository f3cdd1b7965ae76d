package io.obd.tools.obd;

import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import io.obd.fs.NamedFile;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Goes through the files of a directory and of all below it, a directory before what is in it, sorted by names. */
final class Tree {
    /** Takes the files one after another. */
    @FunctionalInterface
    interface Visitor {
        void file(ByteString path, FileInfo file) throws IOException;
    }

    private record Place(ByteString path, FileInfo file) {}

    private final FileSystemReader files;
    private final Set<Integer> seen = new HashSet<>();

    Tree(FileSystemReader files) {
        this.files = files;
    }

    /** Visits a file and, if it is a directory, all below it. */
    void walk(ByteString path, FileInfo from, Visitor visitor) throws IOException {
        Deque<Place> pending = new ArrayDeque<>(List.of(new Place(path, from)));
        while (!pending.isEmpty()) {
            Place place = pending.pop();
            visitor.file(place.path(), place.file());
            if (place.file().isDirectory()) {
                enter(place.path(), place.file());
                for (NamedFile child : files.list(place.file()).reversed()) {
                    pending.push(new Place(join(place.path(), child.name()), child.file()));
                }
            }
        }
    }

    /** Notes a directory that is gone into; a damaged file system may have one inside itself. */
    void enter(ByteString path, FileInfo directory) throws ToolException {
        if (!seen.add(directory.inode())) {
            throw new ToolException(path + ": this directory is also another one: the file system is damaged");
        }
    }

    /** The path of a name in a directory. */
    static ByteString join(ByteString directory, ByteString name) {
        boolean slash = directory.length() > 0 && directory.at(directory.length() - 1) == '/';
        return slash
                ? directory.concat(name)
                : directory.concat(ByteString.of("/")).concat(name);
    }

    /** The file at a path that a user gave. */
    static FileInfo find(Disk disk, FileSystemReader files, String path, boolean follow) throws IOException {
        FileInfo found = files.find(ByteString.of(path), follow);
        if (found == null) {
            throw new ToolException(disk.name() + ": no such file in the image: " + path);
        }
        return found;
    }
}
