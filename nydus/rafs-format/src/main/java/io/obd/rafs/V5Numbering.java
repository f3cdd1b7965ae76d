package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Gives each name of a tree its index and each file its number and digest: children of a directory follow each other. */
final class V5Numbering {
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_TARGET = 0xffff;

    private final Digester digester;
    private final Map<Node, List<V5Placed>> byNode = new HashMap<>();
    private final List<V5Placed> all = new ArrayList<>();
    private int names;

    V5Numbering(Digester digester) {
        this.digester = digester;
    }

    V5Placed number(Node root) throws ImageLimitException {
        V5Placed placed = place(root, ByteString.of("/"), 0);
        Deque<V5Placed> rest = new ArrayDeque<>(List.of(placed));
        for (V5Placed directory = rest.poll(); directory != null; directory = rest.poll()) {
            numberChildren(directory, rest);
        }
        collect(placed);
        all.reversed().forEach(this::addDigest); // what is in a directory before the directory
        return placed;
    }

    /** All names, each directory before what is in it, and that before what comes behind the directory. */
    List<V5Placed> all() {
        return all;
    }

    /** How many files there are, whatever number of names they have. */
    int files() {
        return byNode.size();
    }

    /** Number of a file. */
    int inoOf(Node node) throws ImageLimitException {
        List<V5Placed> placed = byNode.get(node);
        if (placed == null) {
            throw new ImageLimitException("a file to prefetch is not in the tree");
        }
        return placed.getFirst().ino;
    }

    private V5Placed place(Node node, ByteString name, int parent) throws ImageLimitException {
        int index = ++names;
        List<V5Placed> others = byNode.computeIfAbsent(node, _ -> new ArrayList<>(1));
        if (!others.isEmpty() && node.isDirectory()) {
            throw new ImageLimitException("'" + name + "' is a second name of a directory");
        }
        if (name.length() > LONGEST_NAME || node.target().length() > LONGEST_TARGET) {
            throw new ImageLimitException("'" + name + "': its name or its target is too long");
        }
        V5Placed placed = new V5Placed(node, name, parent, others.isEmpty() ? index : others.getFirst().ino, index);
        others.add(placed);
        for (V5Placed other : others) {
            other.links = others.size();
        }
        return placed;
    }

    /** Leaves the directories in it for later, the first of them before all that is left already. */
    private void numberChildren(V5Placed directory, Deque<V5Placed> rest) throws ImageLimitException {
        directory.firstChild = names + 1;
        directory.children = new ArrayList<>();
        long directories = 0;
        for (Map.Entry<ByteString, Node> child : directory.node.children().entrySet()) {
            V5Placed placed = place(child.getValue(), child.getKey(), directory.ino);
            directory.children.add(placed);
            directories += placed.node.isDirectory() ? 1 : 0;
        }
        directory.links = 2 + directories;
        directory.children.reversed().stream()
                .filter(child -> child.node.isDirectory())
                .forEach(rest::push);
    }

    private void addDigest(V5Placed placed) {
        Node node = placed.node;
        placed.digest = switch (node.type()) {
            case DIRECTORY ->
                digester.digest(
                        placed.children.stream().map(child -> child.digest).toList());
            case REGULAR ->
                digester.digest(node.chunks().stream().map(Chunk::digest).toList());
            default -> digester.digest(ByteBuffer.wrap(node.target().toBytes()));
        };
    }

    private void collect(V5Placed root) {
        Deque<V5Placed> rest = new ArrayDeque<>(List.of(root));
        for (V5Placed placed = rest.poll(); placed != null; placed = rest.poll()) {
            all.add(placed);
            placed.children.reversed().forEach(rest::push);
        }
    }
}
