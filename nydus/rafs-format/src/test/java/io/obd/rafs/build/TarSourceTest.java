package io.obd.rafs.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.LayerTarException;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Inode;
import io.obd.rafs.MemoryBlob;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.data.BlobFormat;
import io.obd.rafs.data.ChunkReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;

class TarSourceTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);
    private final ByteArrayOutputStream blob = new ByteArrayOutputStream();

    private void add(String name, String content) throws IOException {
        byte[] data = content.getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        entry.setSize(data.length);
        tar.putArchiveEntry(entry);
        tar.write(data);
        tar.closeArchiveEntry();
    }

    private void addLink(String name, String target, byte type) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
        entry.setLinkName(target);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private Bootstrap build() throws IOException {
        tar.close();
        return build(bytes.toByteArray());
    }

    private Bootstrap build(byte[] source) throws IOException {
        ImageFormat image = new ImageFormat(RafsVersion.V6, Compressor.LZ4_BLOCK, Digester.SHA256, 1 << 20, true);
        new ImageBuilder(BlobFormat.layer(image), Prefetch.none())
                .build(new TarSource(new ByteArrayInputStream(source)), blob);
        return Bootstrap.load(new MemoryBlob(ByteBuffer.wrap(blob.toByteArray())), "blob");
    }

    private String content(Bootstrap image, Inode file) throws IOException {
        ByteBuffer content = ByteBuffer.allocate((int) file.size());
        try (ChunkReader chunks =
                new ChunkReader(image, _ -> new MemoryBlob(ByteBuffer.wrap(blob.toByteArray())), true)) {
            for (Chunk chunk : file.chunks()) {
                chunks.read(chunk, content);
            }
        }
        return new String(content.array(), StandardCharsets.UTF_8);
    }

    private static Inode find(Bootstrap image, String path) {
        Inode inode = image.root();
        for (String name : path.split("/")) {
            inode = Objects.requireNonNull(inode.child(ByteString.of(name)), path);
        }
        return inode;
    }

    @Test
    void aLaterEntryReplacesAnEarlierOneAndDirectoriesAreMade() throws IOException {
        add("./a/b/file", "old");
        add("a/b/file", "new");

        Bootstrap image = build();

        assertThat(content(image, find(image, "a/b/file"))).isEqualTo("new");
        assertThat(find(image, "a").permissions()).isEqualTo(0755);
    }

    /** Content is stored in the order of the tar, so there is no beginning that would be worth it. */
    @Test
    void nothingIsReadAheadOfATar() throws IOException {
        add("a", "one");
        add("b", "two");
        tar.close();
        ImageFormat image = new ImageFormat(RafsVersion.V5, Compressor.NONE, Digester.SHA256, 1 << 20, true);
        Prefetch prefetch = Prefetch.of(Prefetch.Policy.BLOB, List.of(ByteString.of("/b")));

        BuiltImage built = new ImageBuilder(BlobFormat.plain(image), prefetch)
                .build(new TarSource(new ByteArrayInputStream(bytes.toByteArray())), blob);

        assertThat(built.blobs().getFirst().readAhead()).isZero();
    }

    @Test
    void aHardLinkIsTheSameFile() throws IOException {
        add("file", "content");
        addLink("link", "file", TarConstants.LF_LINK);

        Bootstrap image = build();

        assertThat(find(image, "link")).isSameAs(find(image, "file"));
        assertThat(find(image, "link").links()).isEqualTo(2);
    }

    @Test
    void aPathThatLeavesTheRootIsRefused() throws IOException {
        add("a/../../b", "");
        assertThatThrownBy(this::build).isInstanceOf(LayerTarException.class).hasMessageContaining("a/../../b");
    }

    @Test
    void aHardLinkToNothingIsRefused() throws IOException {
        addLink("link", "nothing", TarConstants.LF_LINK);
        assertThatThrownBy(this::build)
                .isInstanceOf(LayerTarException.class)
                .hasMessageContaining("link")
                .hasMessageContaining("nothing");
    }

    @Test
    void aFileIsNoDirectory() throws IOException {
        add("file", "");
        add("file/below", "");
        assertThatThrownBy(this::build).isInstanceOf(LayerTarException.class).hasMessageContaining("no directory");
    }

    @Test
    void aTarThatEndsTooEarlyIsRefused() throws IOException {
        add("file", "x".repeat(3000));
        tar.close();
        byte[] half = Arrays.copyOf(bytes.toByteArray(), 1500);

        assertThatThrownBy(() -> build(half))
                .isInstanceOf(LayerTarException.class)
                .hasMessageContaining("file");
    }
}
