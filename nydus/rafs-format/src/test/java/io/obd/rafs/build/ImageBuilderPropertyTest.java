package io.obd.rafs.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Attributes;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Inode;
import io.obd.rafs.MemoryBlob;
import io.obd.rafs.Node;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.data.BlobFormat;
import io.obd.rafs.data.ChunkReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random trees that are written and read. */
class ImageBuilderPropertyTest {
    private static final int CHUNK = 4096;

    @Property(tries = 40)
    void whatIsBuiltIsReadAgain(
            @ForAll long seed,
            @ForAll RafsVersion version,
            @ForAll("compressors") Compressor compressor,
            @ForAll Digester digester,
            @ForAll boolean own,
            @ForAll boolean batches)
            throws IOException {
        ImageFormat image = new ImageFormat(version, compressor, digester, CHUNK, true);
        boolean v6 = version == RafsVersion.V6;
        BlobFormat format = new BlobFormat(image, seed % 2 == 0, v6 && batches ? CHUNK : 0, own, v6 && own);
        RandomTree tree = new RandomTree(seed, CHUNK);
        ByteArrayOutputStream blob = new ByteArrayOutputStream();

        BuiltImage built = new ImageBuilder(format, Prefetch.none()).build(tree.source(), blob);

        byte[] bytes = own ? blob.toByteArray() : built.bootstrap().array();
        Bootstrap read = Bootstrap.load(
                new MemoryBlob(ByteBuffer.wrap(bytes)), built.blobId().orElse("none"));
        assertThat(built.blobSize()).isEqualTo(blob.size());
        assertThat(read.version()).isEqualTo(version);
        try (ChunkReader chunks =
                new ChunkReader(read, _ -> new MemoryBlob(ByteBuffer.wrap(blob.toByteArray())), true)) {
            assertSame(tree, tree.root(), read.root(), chunks, new HashMap<>());
        }
    }

    @Property(tries = 10)
    void theSameFilesMakeTheSameBytes(@ForAll long seed, @ForAll RafsVersion version) throws IOException {
        ImageFormat image = new ImageFormat(version, Compressor.LZ4_BLOCK, Digester.BLAKE3, CHUNK, true);
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        ByteArrayOutputStream second = new ByteArrayOutputStream();

        new ImageBuilder(BlobFormat.layer(image), Prefetch.none()).build(new RandomTree(seed, CHUNK).source(), first);
        new ImageBuilder(BlobFormat.layer(image), Prefetch.none()).build(new RandomTree(seed, CHUNK).source(), second);

        assertThat(second.toByteArray()).isEqualTo(first.toByteArray());
    }

    @Provide
    Arbitrary<Compressor> compressors() {
        return Arbitraries.of(Compressor.NONE, Compressor.LZ4_BLOCK, Compressor.ZSTD);
    }

    private static void assertSame(RandomTree tree, Node node, Inode inode, ChunkReader chunks, Map<Node, Inode> seen)
            throws IOException {
        Attributes attributes = node.attributes();
        assertThat(inode.type()).isEqualTo(node.type());
        assertThat(inode.permissions()).isEqualTo(attributes.permissions());
        assertThat(inode.uid()).isEqualTo(attributes.uid());
        assertThat(inode.gid()).isEqualTo(attributes.gid());
        assertThat(inode.modified()).isEqualTo(attributes.modified());
        assertThat(inode.xattrs()).isEqualTo(attributes.xattrs());
        assertThat(inode.target()).isEqualTo(node.target());
        assertThat(inode.device()).isEqualTo(node.device());
        if (node.isRegular()) {
            // A file with several names is one inode.
            Inode other = seen.putIfAbsent(node, inode);
            if (other != null) {
                assertThat(inode).isSameAs(other);
            }
            assertThat(content(inode, chunks)).isEqualTo(tree.content(node));
        }
        assertThat(inode.entries())
                .extracting(Inode.Entry::name)
                .containsExactlyElementsOf(node.children().keySet());
        for (Map.Entry<ByteString, Node> child : node.children().entrySet()) {
            assertSame(tree, child.getValue(), Objects.requireNonNull(inode.child(child.getKey())), chunks, seen);
        }
    }

    private static byte[] content(Inode inode, ChunkReader chunks) throws IOException {
        ByteBuffer content = ByteBuffer.allocate((int) inode.size());
        for (Chunk chunk : inode.chunks()) {
            chunks.read(chunk, content);
        }
        return content.array();
    }
}
