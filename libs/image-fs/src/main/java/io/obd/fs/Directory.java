package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A directory in memory: its names without {@code .} and {@code ..}, in the order they were found or added. About
 * 150 bytes per name; only directories that a layer touches are loaded. On the disk it changes when it is written.
 */
final class Directory {
    private final int inode;
    private final int parent;
    private final Map<ByteString, DirectoryEntry> entries = new LinkedHashMap<>();
    private int subdirectories;
    private boolean changed;

    Directory(int inode, int parent) {
        this.inode = inode;
        this.parent = parent;
    }

    int inode() {
        return inode;
    }

    int parent() {
        return parent;
    }

    Map<ByteString, DirectoryEntry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    int subdirectories() {
        return subdirectories;
    }

    @Nullable
    DirectoryEntry find(ByteString name) {
        return entries.get(name);
    }

    /** Adds a name that is not there yet. */
    void add(ByteString name, DirectoryEntry entry) {
        entries.put(name, entry);
        subdirectories += entry.isDirectory() ? 1 : 0;
        changed = true;
    }

    void remove(ByteString name) {
        DirectoryEntry entry = entries.remove(name);
        if (entry != null) {
            subdirectories -= entry.isDirectory() ? 1 : 0;
            changed = true;
        }
    }

    boolean isChanged() {
        return changed;
    }

    void changed(boolean changed) {
        this.changed = changed;
    }
}
