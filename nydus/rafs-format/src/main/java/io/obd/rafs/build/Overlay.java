package io.obd.rafs.build;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Attributes;
import io.obd.rafs.Node;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts the tree of a layer onto the one of all layers below it, name by name. What a layer removes is removed before it adds
 * anything, so it never removes what it has itself.
 */
public final class Overlay {
    private final WhiteoutSpec whiteouts;

    /** @param whiteouts how upper trees say that files are gone */
    public Overlay(WhiteoutSpec whiteouts) {
        this.whiteouts = whiteouts;
    }

    /**
     * Changes the lower tree into what both are together. It takes files of the upper one over, which is not to be used
     * afterwards.
     *
     * @param lower a directory
     * @param upper a directory
     */
    public void apply(Node lower, Node upper) {
        Deque<Pair> rest = new ArrayDeque<>(List.of(new Pair(lower, upper)));
        for (Pair pair = rest.poll(); pair != null; pair = rest.poll()) {
            apply(pair.lower(), pair.upper(), rest);
        }
    }

    /** Directories that are one. */
    private record Pair(Node lower, Node upper) {}

    /** Leaves the directories in them for later. */
    private void apply(Node lower, Node upper, Deque<Pair> rest) {
        if (whiteouts.isOpaque(upper)) {
            lower.children().clear();
        }
        upper.children().forEach((name, node) -> whiteouts.removedBy(name, node).ifPresent(lower.children()::remove));
        if (!upper.attributes().equals(Attributes.IMPLIED)) {
            lower.setAttributes(withoutOpaque(upper.attributes()));
        }
        upper.children().forEach((name, node) -> {
            if (!whiteouts.isMark(name, node)) {
                add(lower, name, node, rest);
            }
        });
    }

    /** Removes what says something about files below a tree that has nothing below it. */
    public void removeMarks(Node root) {
        for (Node directory : root.directories()) {
            directory.children().entrySet().removeIf(child -> whiteouts.isMark(child.getKey(), child.getValue()));
        }
    }

    /** Gives directories that no layer described the attributes that they have then. */
    static void settle(Node root) {
        for (Node directory : root.directories()) {
            if (directory.attributes().equals(Attributes.IMPLIED)) {
                directory.setAttributes(Attributes.UNDESCRIBED);
            }
        }
    }

    private static void add(Node lower, ByteString name, Node node, Deque<Pair> rest) {
        Node below = lower.child(name);
        if (!node.isDirectory()) {
            lower.children().put(name, node);
        } else if (below != null && below.isDirectory()) {
            rest.push(new Pair(below, node));
        } else {
            Node fresh = new Node(node.type(), node.attributes());
            rest.push(new Pair(fresh, node));
            lower.children().put(name, fresh);
        }
    }

    private Attributes withoutOpaque(Attributes attributes) {
        if (whiteouts != WhiteoutSpec.OVERLAYFS || !attributes.xattrs().containsKey(WhiteoutSpec.OPAQUE_XATTR)) {
            return attributes;
        }
        Map<ByteString, ByteString> xattrs = new LinkedHashMap<>(attributes.xattrs());
        xattrs.remove(WhiteoutSpec.OPAQUE_XATTR);
        return new Attributes(
                attributes.permissions(), attributes.uid(), attributes.gid(), attributes.modified(), xattrs);
    }
}
