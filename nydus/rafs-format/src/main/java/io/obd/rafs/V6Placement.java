package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives each inode of a tree its place: a directory, then what it has that is no directory, then one directory after the
 * other with all that is below it. Other orders could be read as well; this is the one of the original.
 */
final class V6Placement {
    private static final int LONGEST_TARGET = 4095;
    private static final int LONGEST_NAME = 255;

    private final V6Space space;
    private final List<V6Placed> all = new ArrayList<>();
    private final Map<Node, V6Placed> byNode = new HashMap<>();
    private int names;

    V6Placement(int blockSize) {
        this.space = new V6Space(blockSize);
    }

    /** Places a tree. */
    V6Placed place(Node root) throws ImageLimitException {
        V6Placed placed =
                new V6Placed(root, ++names, V6Xattrs.encode(root.attributes().xattrs()), null, ByteString.EMPTY);
        add(placed);
        Deque<V6Placed> rest = new ArrayDeque<>(List.of(placed));
        for (V6Placed directory = rest.poll(); directory != null; directory = rest.poll()) {
            placeDirectory(directory, rest);
        }
        return placed;
    }

    /** All inodes in the order of their numbers. */
    List<V6Placed> all() {
        return all;
    }

    /** How many names there are, that of the root included. */
    int names() {
        return names;
    }

    /** The first inode of a file. */
    V6Placed of(Node node) throws ImageLimitException {
        V6Placed placed = byNode.get(node);
        if (placed == null) {
            throw new ImageLimitException("a file to prefetch is not in the tree");
        }
        return placed;
    }

    /** Bytes that all inodes have. */
    long size() {
        return space.end();
    }

    /** Leaves the directories in it for later, the first of them before all that is left already. */
    private void placeDirectory(V6Placed directory, Deque<V6Placed> rest) throws ImageLimitException {
        List<ByteString> entries = new ArrayList<>(directory.node.children().keySet());
        entries.add(V6Directory.SELF);
        entries.add(V6Directory.PARENT);
        entries.sort(null);
        directory.size = V6Directory.size(entries, space.blockSize());
        placeWithTail(directory);
        space.align(V6InodeLayout.SLOT);

        List<V6Placed> directories = new ArrayList<>();
        for (Map.Entry<ByteString, Node> child : directory.node.children().entrySet()) {
            V6Placed placed = placeChild(directory, child.getKey(), child.getValue());
            directory.children.put(child.getKey(), placed);
            if (placed.node.isDirectory()) {
                directories.add(placed);
            }
        }
        directory.links = 2L + directories.size();
        directories.reversed().forEach(rest::push);
    }

    private V6Placed placeChild(V6Placed parent, ByteString name, Node node) throws ImageLimitException {
        int ino = ++names;
        V6Placed first = byNode.get(node);
        if (first != null && node.isRegular()) {
            first.links++;
            return first;
        }
        if (first != null && node.isDirectory()) {
            throw new ImageLimitException(path(parent, name) + " is a second name of a directory");
        }
        if (name.length() > LONGEST_NAME || node.target().length() > LONGEST_TARGET) {
            throw new ImageLimitException(path(parent, name) + ": its name or its target is too long");
        }
        V6Placed placed;
        try {
            placed = new V6Placed(node, ino, V6Xattrs.encode(node.attributes().xattrs()), parent, name);
        } catch (ImageLimitException e) {
            throw new ImageLimitException(path(parent, name) + ": " + e.getMessage());
        }
        add(placed);
        switch (node.type()) {
            case DIRECTORY -> {}
            case REGULAR -> placeFile(placed);
            case SYMLINK -> placeWithTail(placed);
            default -> placed.at = space.append(placed.inodeSize());
        }
        if (!node.isDirectory()) {
            space.align(V6InodeLayout.SLOT);
        }
        return placed;
    }

    private void add(V6Placed placed) {
        all.add(placed);
        byNode.putIfAbsent(placed.node, placed);
    }

    private void placeFile(V6Placed file) {
        file.layout = V6InodeLayout.CHUNKED;
        file.at = space.place(V6Chunks.addressesAt(file.inodeSize())
                + V6Chunks.addressesSize(file.node.chunks().size()));
    }

    /** What is not whole blocks follows the inode if both fit into one block. */
    private void placeWithTail(V6Placed placed) {
        long tail = placed.size % space.blockSize();
        if (tail != 0 && placed.inodeSize() + tail <= space.blockSize()) {
            placed.layout = V6InodeLayout.INLINE;
            placed.at = space.placeInBlock(placed.inodeSize() + tail);
            if (placed.size != tail) {
                space.nextBlock();
            }
            placed.blocks = space.append(placed.size - tail);
            return;
        }
        placed.layout = V6InodeLayout.PLAIN;
        placed.at = space.place(placed.inodeSize());
        space.nextBlock();
        placed.blocks = space.append(placed.size);
        space.align(space.blockSize());
    }

    private static String path(V6Placed parent, ByteString name) {
        StringBuilder path = new StringBuilder("/" + name);
        for (V6Placed directory = parent; directory.parent != null; directory = directory.parent) {
            path.insert(0, "/" + directory.name);
        }
        return path.toString();
    }
}
