package io.obd.nydusify;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.LayerTar;
import io.obd.fs.tar.TarEntry;
import io.obd.fs.tar.TarEntry.Segment;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files of an ordinary image, put together of its layers as a container sees them: names, attributes, and digests
 * of what is in them. What builds images has no part in it, so that it can be held against them.
 */
final class LayerTree {
    private static final ByteString SEPARATOR = ByteString.of("/");
    private static final ByteString WHITEOUT = ByteString.of(".wh.");
    private static final ByteString OPAQUE = ByteString.of(".wh..wh..opq");
    private static final ByteString META = ByteString.of(".wh..wh.");
    private static final ByteString TRUSTED = ByteString.of("trusted.");
    private static final int BUFFER = 128 * 1024;
    private static final byte[] ZEROS = new byte[BUFFER];
    private static final FileRecord UNDESCRIBED =
            new FileRecord('d', 0755, 0, 0, 0, 0, 0, ByteString.EMPTY, Map.of(), "");

    private final byte[] buffer = new byte[BUFFER];
    private final Node root = new Node(UNDESCRIBED, 0);
    private boolean rootDescribed;
    private int layer;

    /** A name; its layer is that which put it there last. */
    private static final class Node {
        private final SortedMap<ByteString, Node> children = new TreeMap<>();
        private FileRecord file;
        private int layer;

        Node(FileRecord file, int layer) {
            this.file = file;
            this.layer = layer;
        }

        boolean isDirectory() {
            return file.type() == 'd';
        }
    }

    /** A name that is a hard link to what comes later in its layer. */
    private record Link(List<ByteString> path, TarEntry entry) {}

    /** Puts one more layer on top, whose tar is read to its end. */
    void apply(InputStream in) throws IOException {
        layer++;
        LayerTar tar = new LayerTar(in);
        List<Link> links = new ArrayList<>();
        for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
            List<ByteString> path = names(entry.name());
            if (path.isEmpty()) {
                root.file = record(entry, "");
                rootDescribed = true;
            } else if (!applyWhiteout(path)) {
                add(tar, path, entry, links);
            }
        }
        for (Link link : links) {
            if (!link(link.path(), link.entry())) {
                throw new IOException(link.entry().name() + " is a hard link to "
                        + link.entry().linkName() + ", which is not there");
            }
        }
        tar.drain();
    }

    private void add(LayerTar tar, List<ByteString> path, TarEntry entry, List<Link> links) throws IOException {
        if (entry.type() == TarEntry.Type.HARD_LINK) {
            if (!link(path, entry)) {
                links.add(new Link(path, entry));
            }
            return;
        }
        FileRecord file = record(entry, entry.type() == TarEntry.Type.FILE ? digest(tar, entry) : "");
        Node parent = makeDirectory(path.subList(0, path.size() - 1));
        Node existing = parent.children.get(path.getLast());
        if (existing != null && existing.isDirectory() && file.type() == 'd') {
            existing.file = file;
            existing.layer = layer;
        } else {
            parent.children.put(path.getLast(), new Node(file, layer));
        }
    }

    private boolean link(List<ByteString> path, TarEntry entry) throws IOException {
        Node target = find(names(entry.linkName()));
        if (target == null || target.isDirectory()) {
            return false;
        }
        makeDirectory(path.subList(0, path.size() - 1)).children.put(path.getLast(), new Node(target.file, layer));
        return true;
    }

    private Node makeDirectory(List<ByteString> path) {
        Node directory = root;
        for (ByteString name : path) {
            Node child = directory.children.get(name);
            if (child == null || !child.isDirectory()) {
                child = new Node(UNDESCRIBED, layer);
                directory.children.put(name, child);
            }
            directory = child;
        }
        return directory;
    }

    private @Nullable Node find(List<ByteString> path) {
        Node node = root;
        for (ByteString name : path) {
            node = node == null ? null : node.children.get(name);
        }
        return node;
    }

    /** What the same layer put there stays, wherever in the tar it stands. */
    private boolean applyWhiteout(List<ByteString> path) {
        ByteString name = path.getLast();
        Node directory = find(path.subList(0, path.size() - 1));
        if (name.equals(OPAQUE)) {
            if (directory != null) {
                removeLower(directory);
            }
            return true;
        }
        if (path.stream().anyMatch(part -> part.startsWith(META))) {
            return true;
        }
        if (!name.startsWith(WHITEOUT)) {
            return false;
        }
        ByteString removed = name.slice(WHITEOUT.length(), name.length());
        Node gone = directory == null ? null : directory.children.get(removed);
        if (directory != null && gone != null) {
            removeLower(directory, removed, gone);
        }
        return true;
    }

    private void removeLower(Node directory) {
        new ArrayList<>(directory.children.entrySet())
                .forEach(child -> removeLower(directory, child.getKey(), child.getValue()));
    }

    private void removeLower(Node directory, ByteString name, Node node) {
        if (node.layer != layer) {
            directory.children.remove(name);
        } else {
            removeLower(node);
        }
    }

    private String digest(LayerTar tar, TarEntry entry) throws IOException {
        MessageDigest hasher = Digest.sha256Hasher();
        long position = 0;
        for (Segment segment : entry.segments()) {
            hashZeros(hasher, segment.offset() - position);
            for (long left = segment.length(); left > 0; ) {
                int n = tar.read(buffer, 0, (int) Math.min(BUFFER, left));
                if (n < 0) {
                    throw new IOException(entry.name() + " ends too early");
                }
                hasher.update(buffer, 0, n);
                left -= n;
            }
            position = segment.offset() + segment.length();
        }
        hashZeros(hasher, entry.size() - position);
        return HexFormat.of().formatHex(hasher.digest());
    }

    private static void hashZeros(MessageDigest hasher, long count) {
        for (long left = count; left > 0; left -= BUFFER) {
            hasher.update(ZEROS, 0, (int) Math.min(BUFFER, left));
        }
    }

    private static FileRecord record(TarEntry entry, String digest) {
        char type =
                switch (entry.type()) {
                    case FILE, HARD_LINK -> 'f';
                    case SYMLINK -> 'l';
                    case CHARACTER_DEVICE -> 'c';
                    case BLOCK_DEVICE -> 'b';
                    case DIRECTORY -> 'd';
                    case FIFO -> 'p';
                };
        return new FileRecord(
                type,
                entry.mode(),
                entry.uid(),
                entry.gid(),
                type == 'f' ? entry.size() : 0,
                entry.major(),
                entry.minor(),
                type == 'l' ? entry.linkName() : ByteString.EMPTY,
                comparable(entry.xattrs()),
                digest);
    }

    /** Those of the namespace {@code trusted} are the host's: no container sees them. */
    static Map<ByteString, ByteString> comparable(Map<ByteString, ByteString> xattrs) {
        Map<ByteString, ByteString> comparable = new TreeMap<>(xattrs);
        comparable.keySet().removeIf(name -> name.startsWith(TRUSTED));
        return comparable;
    }

    private static List<ByteString> names(ByteString path) {
        List<ByteString> names = new ArrayList<>();
        for (int at = 0; at <= path.length(); ) {
            int slash = path.indexOf('/', at);
            int end = slash < 0 ? path.length() : slash;
            String name = path.slice(at, end).toString();
            if (name.equals("..")) {
                if (!names.isEmpty()) {
                    names.removeLast();
                }
            } else if (!name.isEmpty() && !name.equals(".")) {
                names.add(path.slice(at, end));
            }
            at = end + 1;
        }
        return names;
    }

    /** All files by their paths. The root is among them if a layer describes it. */
    SortedMap<ByteString, FileRecord> files() {
        SortedMap<ByteString, FileRecord> files = new TreeMap<>();
        if (rootDescribed) {
            files.put(SEPARATOR, root.file);
        }
        addChildren(ByteString.EMPTY, root, files);
        return files;
    }

    private static void addChildren(ByteString path, Node directory, SortedMap<ByteString, FileRecord> files) {
        directory.children.forEach((name, node) -> {
            ByteString child = path.concat(SEPARATOR).concat(name);
            files.put(child, node.file);
            addChildren(child, node, files);
        });
    }
}
