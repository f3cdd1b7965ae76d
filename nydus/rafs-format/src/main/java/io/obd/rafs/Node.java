package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file in the tree of an image that is being built. A file with several names is one node that several directories
 * have, or one directory by several names; a directory has one name.
 *
 * <p>A tree begins as a root of one's own, or as the one of {@linkplain #copyOf an image that exists}. A regular file is
 * as long as the chunks that were {@linkplain #addChunk added} to it. One thread uses a tree at a time.
 */
public final class Node {
    private final FileType type;
    private Attributes attributes;
    private int device;
    private ByteString target = ByteString.EMPTY;
    private final List<Chunk> chunks = new ArrayList<>(0);
    private final NavigableMap<ByteString, Node> children = new TreeMap<>();

    /** A file of that type: empty, a symlink without target, a device with number 0. */
    public Node(FileType type, Attributes attributes) {
        this.type = type;
        this.attributes = attributes;
    }

    /** A symlink. */
    public static Node symlink(Attributes attributes, ByteString target) {
        Node node = new Node(FileType.SYMLINK, attributes);
        node.target = target;
        return node;
    }

    /** A device of one of the two types. */
    public static Node device(FileType type, Attributes attributes, int major, int minor) {
        Node node = new Node(type, attributes);
        node.device = (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12);
        return node;
    }

    /** The tree of an image that exists. Its chunks have the indexes of blobs that they have there. */
    public static Node copyOf(Bootstrap image) {
        return copyOf(image.root(), new HashMap<>());
    }

    /**
     * The same.
     *
     * @param copied gets the node that each inode became
     */
    public static Node copyOf(Bootstrap image, Map<Inode, Node> copied) {
        return copyOf(image.root(), copied);
    }

    private static Node copyOf(Inode root, Map<Inode, Node> copied) {
        Node copy = copied.computeIfAbsent(root, Node::withoutChildren);
        Deque<Inode> rest = new ArrayDeque<>(List.of(root));
        for (Inode directory = rest.poll(); directory != null; directory = rest.poll()) {
            Node parent = copied.getOrDefault(directory, copy);
            for (Inode.Entry entry : directory.entries()) {
                Node node = copied.computeIfAbsent(entry.inode(), Node::withoutChildren);
                parent.children.put(entry.name(), node);
                if (node.isDirectory()) {
                    rest.add(entry.inode());
                }
            }
        }
        return copy;
    }

    private static Node withoutChildren(Inode inode) {
        Node node = new Node(
                inode.type(),
                new Attributes(inode.permissions(), inode.uid(), inode.gid(), inode.modified(), inode.xattrs()));
        node.device = inode.device();
        node.target = inode.target();
        node.chunks.addAll(inode.chunks());
        return node;
    }

    public FileType type() {
        return type;
    }

    public Attributes attributes() {
        return attributes;
    }

    public void setAttributes(Attributes attributes) {
        this.attributes = attributes;
    }

    /** Numbers of a device in the form that images store, otherwise 0. */
    public int device() {
        return device;
    }

    /** What a symlink points to, otherwise empty. */
    public ByteString target() {
        return target;
    }

    /** Bytes of a regular file or of a symlink's target, otherwise 0. */
    public long size() {
        long size = target.length();
        for (Chunk chunk : chunks) {
            size += chunk.uncompressedSize();
        }
        return size;
    }

    /** Content of a regular file. */
    public List<Chunk> chunks() {
        return Collections.unmodifiableList(chunks);
    }

    /** Makes a regular file longer. */
    public void addChunk(Chunk chunk) {
        chunks.add(chunk);
    }

    /** Gives a regular file the same pieces out of a table of blobs that is another one. */
    public void setChunks(List<Chunk> content) {
        chunks.clear();
        chunks.addAll(content);
    }

    /** Names in a directory in ascending order; they may be added and removed. */
    public NavigableMap<ByteString, Node> children() {
        return children;
    }

    /** The file of that name in this directory, or null. */
    public @Nullable Node child(ByteString name) {
        return children.get(name);
    }

    /** This directory and all that are below it, each before those in it. */
    public List<Node> directories() {
        List<Node> directories = new ArrayList<>();
        Deque<Node> rest = new ArrayDeque<>(List.of(this));
        for (Node directory = rest.poll(); directory != null; directory = rest.poll()) {
            directories.add(directory);
            directory.children.descendingMap().values().stream()
                    .filter(Node::isDirectory)
                    .forEach(rest::push);
        }
        return directories;
    }

    public boolean isDirectory() {
        return type == FileType.DIRECTORY;
    }

    public boolean isRegular() {
        return type == FileType.REGULAR;
    }
}
