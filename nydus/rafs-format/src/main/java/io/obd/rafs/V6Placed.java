package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An inode of version 6 that has its place. Positions are counted from the beginning of inodes. */
final class V6Placed {
    final Node node;
    final int ino;
    final byte[] xattrs;
    final @Nullable V6Placed parent;
    final ByteString name;

    /** What a directory has, by name, without "." and "..". */
    final Map<ByteString, V6Placed> children = new TreeMap<>();

    long at;
    int layout;
    long size;
    long links = 1;

    /** Where whole blocks of a directory or a symlink are. */
    long blocks;

    V6Placed(Node node, int ino, byte[] xattrs, @Nullable V6Placed parent, ByteString name) {
        this.node = node;
        this.ino = ino;
        this.xattrs = xattrs;
        this.parent = parent;
        this.name = name;
        this.size = node.size();
    }

    /** Bytes of the inode and its extended attributes. */
    int inodeSize() {
        return V6InodeLayout.EXTENDED_SIZE + xattrs.length;
    }

    /** All names in a directory. */
    Map<ByteString, V6Placed> names() {
        Map<ByteString, V6Placed> names = new TreeMap<>(children);
        names.put(V6Directory.SELF, this);
        names.put(V6Directory.PARENT, parent == null ? this : parent);
        return names;
    }
}
