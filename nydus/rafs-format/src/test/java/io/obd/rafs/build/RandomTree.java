package io.obd.rafs.build;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Attributes;
import io.obd.rafs.FileType;
import io.obd.rafs.Node;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/** A tree with files of all types, hard links, attributes and content that repeats, the same for the same seed. */
final class RandomTree {
    private static final int DEPTH = 4;
    private static final String[] NAMESPACES = {"user.", "trusted.", "security."};

    private final Random random;
    private final int chunkSize;
    private final Map<Node, byte[]> contents = new HashMap<>();
    private final List<Node> files = new ArrayList<>();
    private final Node root;

    RandomTree(long seed, int chunkSize) {
        this.random = new Random(seed);
        this.chunkSize = chunkSize;
        this.root = new Node(FileType.DIRECTORY, attributes());
        fill(root, DEPTH);
    }

    Node root() {
        return root;
    }

    byte[] content(Node file) {
        return Objects.requireNonNull(contents.get(file));
    }

    /** The tree as a source whose content is fetched by the threads that need it. */
    TreeSource source() {
        Map<Node, SourceFile> sources = new HashMap<>();
        contents.forEach((node, bytes) -> sources.put(
                node, new SourceFile((offset, dst) -> dst.put(bytes, (int) offset, dst.remaining()), bytes.length)));
        return _ -> new SourceTree(root, sources);
    }

    private void fill(Node directory, int depth) {
        int names = random.nextInt(depth == DEPTH ? 60 : 12);
        for (int i = 0; i < names; i++) {
            ByteString name = name();
            if (directory.child(name) == null) {
                directory.children().put(name, node(depth));
            }
        }
    }

    private Node node(int depth) {
        return switch (random.nextInt(12)) {
            case 0, 1 -> {
                Node directory = new Node(FileType.DIRECTORY, attributes());
                if (depth > 0) {
                    fill(directory, depth - 1);
                }
                yield directory;
            }
            case 2 -> Node.symlink(attributes(), ByteString.of("t".repeat(1 + random.nextInt(4095))));
            case 3 ->
                Node.device(FileType.CHARACTER_DEVICE, attributes(), random.nextInt(0x1000), random.nextInt(0x100000));
            case 4 -> Node.device(FileType.BLOCK_DEVICE, attributes(), random.nextInt(0x1000), random.nextInt(256));
            case 5 -> new Node(FileType.FIFO, attributes());
            case 6 -> new Node(FileType.SOCKET, attributes());
            case 7 -> files.isEmpty() ? file() : files.get(random.nextInt(files.size()));
            default -> file();
        };
    }

    private Node file() {
        Node file = new Node(FileType.REGULAR, attributes());
        files.add(file);
        contents.put(file, content());
        return file;
    }

    /** Empty, small, of whole chunks, random or of one byte, so that chunks are equal. */
    private byte[] content() {
        int size =
                switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(40);
                    case 1 -> chunkSize * random.nextInt(4);
                    case 2 -> chunkSize + random.nextInt(3 * chunkSize);
                    default -> random.nextInt(chunkSize);
                };
        byte[] content = new byte[size];
        if (random.nextBoolean()) {
            random.nextBytes(content);
        }
        return content;
    }

    private Attributes attributes() {
        Map<ByteString, ByteString> xattrs = new TreeMap<>();
        for (int i = random.nextInt(8) - 5; i > 0; i--) {
            byte[] value = new byte[random.nextInt(random.nextInt(10) == 0 ? 5000 : 20)];
            random.nextBytes(value);
            xattrs.put(
                    ByteString.of(NAMESPACES[random.nextInt(NAMESPACES.length)]).concat(name()),
                    ByteString.copyOf(value));
        }
        return new Attributes(
                random.nextInt(010000),
                Integer.toUnsignedLong(random.nextInt()),
                random.nextInt(1 << 16),
                Instant.ofEpochSecond(random.nextLong(-1L << 31, 1L << 34), random.nextInt(1_000_000_000)),
                xattrs);
    }

    /** Bytes that need not be text. */
    private ByteString name() {
        byte[] name = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? 100 : 12)];
        for (int i = 0; i < name.length; i++) {
            do {
                name[i] = (byte) random.nextInt(1, 256);
            } while (name[i] == '/');
        }
        ByteString bytes = ByteString.copyOf(name);
        boolean dots = bytes.equals(ByteString.of(".")) || bytes.equals(ByteString.of(".."));
        return dots ? ByteString.of("dots") : bytes;
    }
}
