package io.obd.rafs.build;

import io.obd.block.StreamCompression;
import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.LayerTar;
import io.obd.fs.tar.LayerTarException;
import io.obd.fs.tar.TarEntry;
import io.obd.rafs.Attributes;
import io.obd.rafs.FileType;
import io.obd.rafs.Node;
import io.obd.rafs.data.ChunkSink;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files of a tar, which may be compressed with gzip or zstd. Their content is stored in the order of the tar. Of times
 * only whole seconds are kept, as the original does it; directories that have no entry are {@linkplain Attributes#IMPLIED
 * implied}. Whiteouts are files as any other.
 */
public final class TarSource implements TreeSource {
    private static final int LONGEST_NAME = 255;
    private static final ByteString SELF = ByteString.of(".");
    private static final ByteString PARENT = ByteString.of("..");

    private final InputStream in;
    private final boolean mayBeCompressed;

    /** @param in read to the end of the tar, not closed */
    public TarSource(InputStream in) {
        this(in, true);
    }

    private TarSource(InputStream in, boolean mayBeCompressed) {
        this.in = in;
        this.mayBeCompressed = mayBeCompressed;
    }

    /** A tar that is not compressed; no more is read of it than is needed at a time. */
    static TarSource uncompressed(InputStream in) {
        return new TarSource(in, false);
    }

    @Override
    public SourceTree read(ChunkSink blob) throws IOException {
        LayerTar tar = new LayerTar(mayBeCompressed ? StreamCompression.decompress(in) : in);
        Node root = impliedDirectory();
        for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
            add(root, tar, entry, blob);
        }
        tar.drain();
        return new SourceTree(root, Map.of());
    }

    private static Node impliedDirectory() {
        return new Node(FileType.DIRECTORY, Attributes.IMPLIED);
    }

    private static void add(Node root, LayerTar tar, TarEntry entry, ChunkSink blob) throws IOException {
        List<ByteString> path = names(entry, entry.name());
        if (path.isEmpty()) {
            if (entry.type() != TarEntry.Type.DIRECTORY) {
                throw broken(entry, "the root is no directory");
            }
            root.setAttributes(attributes(entry));
            return;
        }
        Node parent = root;
        for (ByteString name : path.subList(0, path.size() - 1)) {
            Node next = parent.children().computeIfAbsent(name, _ -> impliedDirectory());
            if (!next.isDirectory()) {
                throw broken(entry, "'" + name + "' in its path is no directory");
            }
            parent = next;
        }
        Node known = parent.child(path.getLast());
        if (entry.type() == TarEntry.Type.DIRECTORY && known != null && known.isDirectory()) {
            known.setAttributes(attributes(entry));
        } else {
            parent.children().put(path.getLast(), node(root, tar, entry, blob));
        }
    }

    private static Node node(Node root, LayerTar tar, TarEntry entry, ChunkSink blob) throws IOException {
        Attributes attributes = attributes(entry);
        return switch (entry.type()) {
            case DIRECTORY -> new Node(FileType.DIRECTORY, attributes);
            case FIFO -> new Node(FileType.FIFO, attributes);
            case CHARACTER_DEVICE -> Node.device(FileType.CHARACTER_DEVICE, attributes, entry.major(), entry.minor());
            case BLOCK_DEVICE -> Node.device(FileType.BLOCK_DEVICE, attributes, entry.major(), entry.minor());
            case SYMLINK -> {
                if (entry.linkName().length() == 0) {
                    throw broken(entry, "a symlink without target");
                }
                yield Node.symlink(attributes, entry.linkName());
            }
            case HARD_LINK -> linked(root, entry);
            case FILE -> {
                Node file = new Node(FileType.REGULAR, attributes);
                blob.add(new EntryContent(tar, entry), entry.size(), file::addChunk);
                yield file;
            }
        };
    }

    private static Node linked(Node root, TarEntry entry) throws IOException {
        Node node = root;
        for (ByteString name : names(entry, entry.linkName())) {
            Node next = node.child(name);
            if (next == null) {
                throw broken(entry, "a hard link to " + entry.linkName() + ", which is not in the tar before it");
            }
            node = next;
        }
        if (node.isDirectory()) {
            throw broken(entry, "a hard link to " + entry.linkName() + ", which is a directory");
        }
        return node;
    }

    private static Attributes attributes(TarEntry entry) {
        return new Attributes(
                entry.mode(),
                entry.uid() & 0xffff_ffffL,
                entry.gid() & 0xffff_ffffL,
                Instant.ofEpochSecond(entry.modified().getEpochSecond()),
                new TreeMap<>(entry.xattrs()));
    }

    private static List<ByteString> names(TarEntry entry, ByteString path) throws LayerTarException {
        List<ByteString> names = new ArrayList<>();
        for (int at = 0; at <= path.length(); ) {
            int slash = path.indexOf('/', at);
            int end = slash < 0 ? path.length() : slash;
            ByteString name = path.slice(at, end);
            if (name.equals(PARENT) || name.length() > LONGEST_NAME || name.indexOf(0, 0) >= 0) {
                throw broken(entry, "'" + name + "' is no name of a file");
            }
            if (name.length() > 0 && !name.equals(SELF)) {
                names.add(name);
            }
            at = end + 1;
        }
        return names;
    }

    private static LayerTarException broken(TarEntry entry, String problem) {
        return new LayerTarException(entry.name(), entry.offset(), problem);
    }
}
