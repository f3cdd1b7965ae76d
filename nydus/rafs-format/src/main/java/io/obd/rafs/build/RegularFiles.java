package io.obd.rafs.build;

import io.obd.rafs.Node;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** The regular files of a tree, each once whatever it is called; those of a directory before those of directories in it. */
final class RegularFiles {
    private final Set<Node> seen = new HashSet<>();
    private final Consumer<Node> action;

    private RegularFiles(Consumer<Node> action) {
        this.action = action;
    }

    /** @param root a directory, or a file that is all there is */
    static void forEach(Node root, Consumer<Node> action) {
        if (root.isRegular()) {
            action.accept(root);
        } else {
            new RegularFiles(action).visit(root);
        }
    }

    private void visit(Node root) {
        for (Node directory : root.directories()) {
            for (Node node : directory.children().values()) {
                if (node.isRegular() && seen.add(node)) {
                    action.accept(node);
                }
            }
        }
    }
}
