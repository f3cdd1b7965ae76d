package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.util.List;

/** A name of version 5 with what its inode says beside the attributes of the file. */
final class V5Placed {
    private static final long DIRECTORY_ENTRY = 8;
    private static final long DIRECTORY_BLOCK = 4096;

    final Node node;
    final ByteString name;

    /** Number of the directory that has it, 0 for the root. */
    final int parent;

    /** Number of the file: the index of its first name. */
    final int ino;

    /** Its place in the inode table, from 1. */
    final int index;

    /** Index that the first child of a directory has, or would have. */
    int firstChild;

    List<V5Placed> children = List.of();
    ByteString digest = ByteString.EMPTY;
    long links = 1;

    V5Placed(Node node, ByteString name, int parent, int ino, int index) {
        this.node = node;
        this.name = name;
        this.parent = parent;
        this.ino = ino;
        this.index = index;
    }

    /** Bytes that the file is said to have. */
    long size() {
        if (!node.isDirectory()) {
            return node.size();
        }
        long size = 0;
        for (ByteString child : node.children().keySet()) {
            size += child.length() + DIRECTORY_ENTRY;
        }
        return Math.max(DIRECTORY_BLOCK, Math.ceilDiv(size, DIRECTORY_BLOCK) * DIRECTORY_BLOCK);
    }
}
