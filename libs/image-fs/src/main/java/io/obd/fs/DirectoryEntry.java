package io.obd.fs;

/** What a name in a directory stands for. */
final class DirectoryEntry {
    private final int inode;
    private final FileType type;
    private int layer;

    DirectoryEntry(int inode, FileType type, int layer) {
        this.inode = inode;
        this.type = type;
        this.layer = layer;
    }

    int inode() {
        return inode;
    }

    FileType type() {
        return type;
    }

    boolean isDirectory() {
        return type == FileType.DIRECTORY;
    }

    /** Number of the layer that put or touched it since the file system was opened; 0 for what was there before. */
    int layer() {
        return layer;
    }

    void touchedBy(int layer) {
        this.layer = layer;
    }
}
