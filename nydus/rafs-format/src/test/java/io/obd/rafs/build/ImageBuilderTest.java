package io.obd.rafs.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Attributes;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.FileType;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.ImageLimitException;
import io.obd.rafs.Inode;
import io.obd.rafs.MemoryBlob;
import io.obd.rafs.Node;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.data.BlobFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ImageBuilderTest {
    private static final ImageFormat V6 = new ImageFormat(RafsVersion.V6, Compressor.NONE, Digester.BLAKE3, 4096, true);
    private static final ImageFormat V5 = new ImageFormat(RafsVersion.V5, Compressor.NONE, Digester.BLAKE3, 4096, true);

    private final Node root = new Node(FileType.DIRECTORY, attributes(Map.of()));

    private static Attributes attributes(Map<ByteString, ByteString> xattrs) {
        return new Attributes(0755, 0, 0, Instant.EPOCH, xattrs);
    }

    private Node put(String name, Attributes attributes) {
        Node node = new Node(FileType.REGULAR, attributes);
        root.children().put(ByteString.of(name), node);
        return node;
    }

    private static SourceFile filled(int value, int size) {
        byte[] content = new byte[size];
        Arrays.fill(content, (byte) value);
        return new SourceFile((offset, dst) -> dst.put(content, (int) offset, dst.remaining()), size);
    }

    @Test
    void contentThatCannotBeReadEndsTheBuildWithItsError() {
        Node file = put("file", attributes(Map.of()));
        SourceFile gone = new SourceFile(
                (_, _) -> {
                    throw new IOException("file: it is gone");
                },
                100_000);

        assertThatThrownBy(() -> new ImageBuilder(BlobFormat.plain(V6), Prefetch.none())
                        .build(_ -> new SourceTree(root, Map.of(file, gone)), OutputStream.nullOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessage("file: it is gone");
    }

    @Test
    void anAttributeWithoutPlaceInVersion6IsNamedWithItsFile() {
        put("file", attributes(Map.of(ByteString.of("system.nfs4_acl"), ByteString.EMPTY)));

        assertThatThrownBy(() -> new ImageBuilder(BlobFormat.plain(V6), Prefetch.none())
                        .build(_ -> new SourceTree(root, Map.of()), OutputStream.nullOutputStream()))
                .isInstanceOf(ImageLimitException.class)
                .hasMessageContaining("/file")
                .hasMessageContaining("system.nfs4_acl");
    }

    @Test
    void filesToPrefetchAreStoredFirstAndCounted() throws IOException {
        Node one = put("a", attributes(Map.of()));
        Node two = put("b", attributes(Map.of()));
        Map<Node, SourceFile> contents = Map.of(one, filled(1, 5000), two, filled(2, 3000));
        Prefetch prefetch = Prefetch.of(Prefetch.Policy.BLOB, List.of(ByteString.of("/b"), ByteString.of("none")));

        BuiltImage built = new ImageBuilder(BlobFormat.plain(V5), prefetch)
                .build(_ -> new SourceTree(root, contents), new ByteArrayOutputStream());

        Bootstrap image = Bootstrap.load(new MemoryBlob(built.bootstrap()), "blob");
        assertThat(image.blobs().getFirst().readAhead()).isEqualTo(3000);
        Inode first = Objects.requireNonNull(image.root().child(ByteString.of("b")));
        assertThat(first.chunks().getFirst().compressedOffset()).isZero();
    }

    @Test
    void aPatternBelowAnotherOneIsLeftOut() throws IOException {
        Node file = put("a", attributes(Map.of()));
        List<ByteString> paths = List.of(ByteString.of("/"), ByteString.of("/a"), ByteString.of("/a/"));

        BuiltImage built = new ImageBuilder(BlobFormat.plain(V6), Prefetch.of(Prefetch.Policy.FS, paths))
                .build(_ -> new SourceTree(root, Map.of(file, filled(1, 10))), new ByteArrayOutputStream());

        Bootstrap image =
                Bootstrap.load(new MemoryBlob(ByteBuffer.wrap(built.bootstrap().array())), "blob");
        assertThat(image.prefetch()).containsExactly(image.root());
    }

    @Test
    void chunksOfTheParentAreNotStoredAgain() throws IOException {
        Node file = put("a", attributes(Map.of()));
        BuiltImage parent = new ImageBuilder(BlobFormat.plain(V6), Prefetch.none())
                .build(_ -> new SourceTree(root, Map.of(file, filled(1, 4096))), new ByteArrayOutputStream());
        Bootstrap lower = Bootstrap.load(new MemoryBlob(parent.bootstrap()), "blob");
        Node upper = new Node(FileType.DIRECTORY, attributes(Map.of()));
        Node same = new Node(FileType.REGULAR, attributes(Map.of()));
        upper.children().put(ByteString.of("b"), same);
        ByteArrayOutputStream blob = new ByteArrayOutputStream();

        BuiltImage built = new ImageBuilder(BlobFormat.plain(V6), Prefetch.none())
                .upon(lower, WhiteoutSpec.OCI)
                .build(_ -> new SourceTree(upper, Map.of(same, filled(1, 4096))), blob);

        assertThat(blob.size()).isZero();
        assertThat(built.blobId()).isEmpty();
        assertThat(built.blobs()).isEqualTo(lower.blobs());
    }

    @Test
    void aHardLinkedFileWithChunksOfADictionaryRefersToTheirBlob() throws IOException {
        Bootstrap first = image(null, null, 1);
        Bootstrap second = image(first, null, 2);
        Bootstrap dictionary = image(second, null, 3);
        Bootstrap built = image(null, dictionary, 2, 3, 4);

        assertThat(built.root().entries()).hasSize(6);
        for (Inode.Entry entry : built.root().entries()) {
            Inode linked = built.root()
                    .child(ByteString.of("linked"
                            + entry.name().toString().charAt(entry.name().length() - 1)));
            assertThat(linked).isEqualTo(entry.inode());
        }
        assertThat(blob(built, "file2")).isEqualTo(blob(dictionary, "file2"));
        assertThat(blob(built, "file3")).isEqualTo(blob(dictionary, "file3"));
        assertThat(blob(built, "file4"))
                .isNotIn(dictionary.blobs().stream().map(BlobInfo::id).toList());
    }

    /** A layer with a file, of two names, for each of the values that fill it. */
    private static Bootstrap image(@Nullable Bootstrap parent, @Nullable Bootstrap dictionary, int... values)
            throws IOException {
        Node layer = new Node(FileType.DIRECTORY, attributes(Map.of()));
        Map<Node, SourceFile> contents = new HashMap<>();
        for (int value : values) {
            Node file = new Node(FileType.REGULAR, attributes(Map.of()));
            layer.children().put(ByteString.of("file" + value), file);
            layer.children().put(ByteString.of("linked" + value), file);
            contents.put(file, filled(value, 5000));
        }
        ImageBuilder builder = new ImageBuilder(BlobFormat.plain(V6), Prefetch.none());
        if (parent != null) {
            builder.upon(parent, WhiteoutSpec.NONE);
        }
        if (dictionary != null) {
            builder.withDictionary(dictionary);
        }
        BuiltImage built = builder.build(_ -> new SourceTree(layer, contents), OutputStream.nullOutputStream());
        return Bootstrap.load(new MemoryBlob(built.bootstrap()), "own");
    }

    private static String blob(Bootstrap image, String name) {
        Inode inode = image.root().child(ByteString.of(name));
        assertThat(inode).isNotNull();
        return image.blobs().get(inode.chunks().getFirst().blob()).id();
    }
}
