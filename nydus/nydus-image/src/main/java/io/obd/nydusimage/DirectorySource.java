package io.obd.nydusimage;

import io.obd.block.FileBlob;
import io.obd.fs.tar.ByteString;
import io.obd.linux.DeviceNumber;
import io.obd.linux.FileNodes;
import io.obd.linux.Statx;
import io.obd.linux.Xattrs;
import io.obd.rafs.Attributes;
import io.obd.rafs.FileType;
import io.obd.rafs.Node;
import io.obd.rafs.build.SourceFile;
import io.obd.rafs.build.SourceTree;
import io.obd.rafs.build.TreeSource;
import io.obd.rafs.data.ChunkSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files below a directory, but for the one that is made of them, if it is there too. The directory's own time is left
 * out, so that an image does not tell when it was made.
 */
final class DirectorySource implements TreeSource {
    private static final int PERMISSIONS = 07777;

    private final Path directory;
    private final Path written;
    private final FileNodes nodes = new FileNodes();
    private final Xattrs xattrs = new Xattrs();
    private final Map<FileKey, Node> links = new HashMap<>();
    private final Map<Node, SourceFile> contents = new HashMap<>();

    /** What tells files with several names apart. */
    private record FileKey(DeviceNumber device, long inode) {
        static FileKey of(Statx status) {
            return new FileKey(status.dev(), status.ino());
        }
    }

    /** @param written what is made of them */
    DirectorySource(Path directory, Path written) {
        this.directory = directory;
        this.written = written;
    }

    @Override
    public SourceTree read(ChunkSink blob) throws IOException {
        Statx status = Statx.of(directory);
        if (FileType.ofMode(status.mode()) != FileType.DIRECTORY) {
            throw new IOException(directory + ": not a directory");
        }
        Attributes own = attributes(directory, status);
        Node root = new Node(
                FileType.DIRECTORY,
                new Attributes(own.permissions(), own.uid(), own.gid(), Instant.EPOCH, own.xattrs()));
        Deque<Unread> rest = new ArrayDeque<>(List.of(new Unread(directory, root)));
        for (Unread next = rest.poll(); next != null; next = rest.poll()) {
            readChildren(next.path(), next.node(), rest);
        }
        return new SourceTree(root, contents);
    }

    private record Unread(Path path, Node node) {}

    /** Leaves the directories in it for later. */
    private void readChildren(Path path, Node parent, Deque<Unread> rest) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
            for (Path file : files) {
                if (isWritten(file)) {
                    continue;
                }
                Node node = node(file);
                parent.children().put(ByteString.copyOf(FileNodes.name(file)), node);
                if (node.isDirectory()) {
                    rest.push(new Unread(file, node));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private boolean isWritten(Path file) throws IOException {
        return file.endsWith(written.getFileName())
                && FileKey.of(Statx.of(file)).equals(FileKey.of(Statx.of(written)));
    }

    private Node node(Path file) throws IOException {
        Statx status = Statx.of(file);
        FileType type = FileType.ofMode(status.mode());
        if (type == null) {
            throw new IOException(file + ": unknown type of file, mode 0" + Integer.toOctalString(status.mode()));
        }
        boolean linked = status.nlink() > 1 && type != FileType.DIRECTORY;
        FileKey key = FileKey.of(status);
        Node known = linked ? links.get(key) : null;
        if (known != null) {
            return known;
        }
        Node node = node(file, type, status);
        if (linked) {
            links.put(key, node);
        }
        return node;
    }

    private Node node(Path file, FileType type, Statx status) throws IOException {
        Attributes attributes = attributes(file, status);
        return switch (type) {
            case SYMLINK -> Node.symlink(attributes, ByteString.copyOf(nodes.readLink(file)));
            case CHARACTER_DEVICE, BLOCK_DEVICE ->
                Node.device(
                        type, attributes, status.rdev().major(), status.rdev().minor());
            case REGULAR -> {
                Node node = new Node(type, attributes);
                contents.put(node, new SourceFile((at, dst) -> read(file, at, dst), status.size()));
                yield node;
            }
            case DIRECTORY, FIFO, SOCKET -> new Node(type, attributes);
        };
    }

    private static void read(Path file, long offset, ByteBuffer dst) throws IOException {
        try (FileBlob content = FileBlob.open(file)) {
            content.read(offset, dst);
        }
    }

    private Attributes attributes(Path file, Statx status) throws IOException {
        Map<ByteString, ByteString> extended = new TreeMap<>();
        for (byte[] name : xattrs.names(file)) {
            xattrs.get(file, name).ifPresent(value -> extended.put(ByteString.copyOf(name), ByteString.copyOf(value)));
        }
        return new Attributes(status.mode() & PERMISSIONS, status.uid(), status.gid(), status.mtime(), extended);
    }
}
