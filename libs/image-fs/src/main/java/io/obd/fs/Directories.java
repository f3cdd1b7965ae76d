package io.obd.fs;

import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/** The directories that were touched since the file system was opened, by inode number. */
final class Directories {
    private final DirectoryReader reader;
    private final DirectoryWriter writer;
    private final SortedMap<Integer, Directory> loaded = new TreeMap<>();

    Directories(Filsys filsys) {
        reader = new DirectoryReader(filsys);
        writer = new DirectoryWriter(filsys);
    }

    Directory get(int inode) throws IOException {
        Directory directory = loaded.get(inode);
        if (directory == null) {
            directory = reader.read(inode);
            loaded.put(inode, directory);
        }
        return directory;
    }

    /** Takes in a directory that has an inode and no blocks yet. */
    Directory add(int inode, int parent) {
        Directory directory = new Directory(inode, parent);
        directory.changed(true);
        loaded.put(inode, directory);
        return directory;
    }

    void forget(int inode) {
        loaded.remove(inode);
    }

    /** Writes those that changed, in the order of their inodes. */
    void flush() throws IOException {
        for (Directory directory : loaded.values()) {
            if (directory.isChanged()) {
                writer.write(directory);
            }
        }
    }
}
