package io.obd.fs;

import static io.obd.fs.ExtentTreeLayout.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads where the blocks of a file are. Blocks of the file have to ascend through the whole tree, and no node below the
 * root is empty: so a damaged tree that leads back into itself ends soon.
 */
final class ExtentTree {
    /** Fragments of the most scattered file that is read: what fits in memory whatever a file says. */
    private static final int MAX_EXTENTS = 1_000_000;

    private final Filsys filsys;
    private final int number;
    private final List<Extent> extents = new ArrayList<>();
    private final List<Long> nodes = new ArrayList<>();

    /** First block of the file that the next entry may name. */
    private long next;

    private ExtentTree(Filsys filsys, int number) {
        this.filsys = filsys;
        this.number = number;
    }

    /** Reads the tree of an inode that has one. */
    static ExtentTree read(Filsys filsys, int number, Inode inode) throws IOException {
        ExtentTree tree = new ExtentTree(filsys, number);
        ByteBuffer root = inode.extentRoot();
        int depth = Short.toUnsignedInt(root.getShort(DEPTH));
        if (depth > MAX_DEPTH) {
            throw tree.corrupt("has a tree of depth " + depth);
        }
        tree.node(root, depth);
        return tree;
    }

    /** The runs that were written, ascending. */
    List<Extent> extents() {
        return extents;
    }

    /** The blocks that hold the tree itself. */
    List<Long> nodes() {
        return nodes;
    }

    private void node(ByteBuffer node, int depth) throws IOException {
        int entries = Short.toUnsignedInt(node.getShort(ENTRIES));
        if (node.getShort(MAGIC) != MAGIC_VALUE
                || Short.toUnsignedInt(node.getShort(DEPTH)) != depth
                || entries > (node.capacity() - HEADER_LENGTH) / ENTRY_LENGTH) {
            throw corrupt("has a damaged node");
        }
        for (int i = 0; i < entries; i++) {
            int at = HEADER_LENGTH + i * ENTRY_LENGTH;
            long logical = Integer.toUnsignedLong(node.getInt(at + FIRST_BLOCK));
            if (logical < next) {
                throw corrupt("names block " + logical + " after block " + next);
            }
            if (depth == 0) {
                leaf(node, at, logical);
            } else {
                next = logical;
                child(node, at, depth - 1);
            }
        }
    }

    private void child(ByteBuffer node, int at, int depth) throws IOException {
        long block = Integer.toUnsignedLong(node.getInt(at + CHILD_LOW))
                | Short.toUnsignedLong(node.getShort(at + CHILD_HIGH)) << 32;
        requireOnDisk(block, 1);
        byte[] bytes = new byte[filsys.blockSize()];
        filsys.readBlock(block, bytes);
        ByteBuffer child = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (child.getShort(ENTRIES) == 0) {
            throw corrupt("has an empty node in block " + block);
        }
        nodes.add(block);
        node(child, depth);
    }

    private void leaf(ByteBuffer node, int at, long logical) throws IOException {
        int count = Short.toUnsignedInt(node.getShort(at + COUNT));
        boolean written = count <= MAX_WRITTEN;
        int length = written ? count : count - MAX_WRITTEN;
        long start = Integer.toUnsignedLong(node.getInt(at + START_LOW))
                | Short.toUnsignedLong(node.getShort(at + START_HIGH)) << 32;
        if (length == 0) {
            throw corrupt("has an extent of no blocks");
        }
        requireOnDisk(start, length);
        if (extents.size() == MAX_EXTENTS) {
            throw corrupt("has more than " + MAX_EXTENTS + " extents");
        }
        if (written) {
            extents.add(new Extent(logical, start, length));
        }
        next = logical + length;
    }

    private void requireOnDisk(long block, long count) throws Ext4Exception {
        if (block <= filsys.firstBlock() || block > filsys.blockCount() - count) {
            throw corrupt(
                    "names blocks " + block + " to " + (block + count) + " of a file system of " + filsys.blockCount());
        }
    }

    private Ext4Exception corrupt(String problem) {
        return new Ext4Exception("inode " + Integer.toUnsignedString(number) + " " + problem);
    }
}
