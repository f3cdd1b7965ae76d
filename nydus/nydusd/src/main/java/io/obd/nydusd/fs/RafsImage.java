package io.obd.nydusd.fs;

import io.obd.nydusd.data.Content;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Inode;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A mounted image. Its files are numbered in the order of its tree, so that another process that loads the same bootstrap
 * gives them the same numbers.
 */
public final class RafsImage implements Closeable {
    private static final int ROOT = 1;

    private final String name;
    private final int index;
    private final boolean isRoot;
    private final Bootstrap bootstrap;
    private final Content content;
    private final FileRules rules;
    private final ImageCounters counters;
    private final List<RafsNode> nodes = new ArrayList<>();

    /**
     * @param name where it is mounted, for error texts
     * @param index which no other image has or had, 1 or more
     * @param isRoot whether its root is that of the whole tree
     */
    public RafsImage(
            String name,
            int index,
            boolean isRoot,
            Bootstrap bootstrap,
            Content content,
            FileRules rules,
            ImageCounters counters) {
        this.name = name.equals("/") ? "" : name;
        this.index = index;
        this.isRoot = isRoot;
        this.bootstrap = bootstrap;
        this.content = content;
        this.rules = rules;
        this.counters = counters;
        number();
    }

    private void number() {
        Map<Inode, RafsNode> known = new HashMap<>();
        RafsNode root = new RafsNode(this, bootstrap.root(), ROOT, null);
        nodes.add(root);
        Deque<RafsNode> directories = new ArrayDeque<>(List.of(root));
        while (!directories.isEmpty()) {
            RafsNode directory = directories.pop();
            List<Inode.Entry> entries = directory.inode().entries();
            RafsNode[] children = new RafsNode[entries.size()];
            for (int i = 0; i < children.length; i++) {
                Inode inode = entries.get(i).inode();
                RafsNode node = inode.links() > 1 ? known.get(inode) : null;
                if (node == null) {
                    node = new RafsNode(this, inode, nodes.size() + 1, directory);
                    nodes.add(node);
                    known.put(inode, node);
                    if (inode.isDirectory()) {
                        directories.add(node);
                    }
                }
                children[i] = node;
            }
            directory.setChildren(children);
        }
    }

    /** The number of a file for the kernel. */
    long id(int place) {
        return isRoot && place == ROOT ? ROOT : ((long) index << Integer.SIZE) | place;
    }

    @Nullable
    RafsNode node(int place) {
        return place < 1 || place > nodes.size() ? null : nodes.get(place - 1);
    }

    /** All files. */
    Stream<Inode> inodes() {
        return nodes.stream().map(RafsNode::inode);
    }

    RafsNode root() {
        return nodes.getFirst();
    }

    int index() {
        return index;
    }

    String name() {
        return name;
    }

    long files() {
        return nodes.size();
    }

    FileRules rules() {
        return rules;
    }

    /** The image itself. */
    public Bootstrap bootstrap() {
        return bootstrap;
    }

    /** Its content. */
    public Content content() {
        return content;
    }

    /** What was asked of it. */
    public ImageCounters counters() {
        return counters;
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}
