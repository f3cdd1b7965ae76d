package io.obd.fuse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files that are served, at one moment: immutable, so that requests look files up without a lock. Ordered by
 * number; looking one up allocates nothing.
 */
final class Directory {
    /** Number of the directory itself. */
    static final long ROOT = 1;

    static final Directory EMPTY = new Directory(List.of());

    private final List<Node> nodes;
    private final long[] ids;

    private Directory(List<Node> nodes) {
        this.nodes = nodes;
        this.ids = nodes.stream().mapToLong(Node::id).toArray();
    }

    /** The directory with one more file, whose number is higher than all before. */
    Directory with(Node node) {
        List<Node> more = new ArrayList<>(nodes);
        more.add(node);
        return new Directory(List.copyOf(more));
    }

    Directory without(Node node) {
        return new Directory(nodes.stream().filter(other -> other != node).toList());
    }

    @Nullable
    Node byName(String name) {
        for (Node node : nodes) {
            if (node.name().equals(name)) {
                return node;
            }
        }
        return null;
    }

    @Nullable
    Node byId(long id) {
        int index = Arrays.binarySearch(ids, id);
        return index < 0 ? null : nodes.get(index);
    }

    List<Node> nodes() {
        return nodes;
    }
}
