package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.fs.tar.LayerTarException;
import io.obd.fs.tar.TarBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErofsTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void root() {
        assumeTrue(Root.isRoot(), "mounting needs root");
    }

    @Test
    void anEmptyLayerGivesAnEmptyRoot() throws Exception {
        assertThat(listing(new TarBuilder().build())).singleElement().asString().contains("0o40755", "\"mtime\": 0");
    }

    @Test
    void aLaterLayerGivesDirectoriesAttributesThatTheyHaveNoRoomFor() throws Exception {
        byte[] lower = new TarBuilder()
                .directory("a/")
                .directory("a/b/")
                .directory("a/b/c/")
                .file("a/b/c/f", "content")
                .build();
        byte[] upper = new TarBuilder()
                .pax('x', "SCHILY.xattr.user.long", "x".repeat(2000))
                .directory("./")
                .pax('x', "SCHILY.xattr.user.long", "y".repeat(3000), "SCHILY.xattr.trusted.t", "z")
                .directory("a/b/")
                .build();

        assertThat(listing(lower, upper)).isEqualTo(listing(Kind.EXT4, lower, upper));
    }

    @Test
    void attributesMayBeLongerThanABlock() throws Exception {
        byte[] lower = new TarBuilder()
                .pax('x', "SCHILY.xattr.user.long", "f".repeat(30_000))
                .file("f", "content")
                .directory("d/")
                .build();
        byte[] upper = new TarBuilder()
                .pax('x', "SCHILY.xattr.user.long", "d".repeat(50_000))
                .directory("d/")
                .file("d/f", "")
                .build();

        assertThat(listing(lower, upper))
                .hasSize(4)
                .anyMatch(line -> line.contains("\"user.long\": \"" + "f".repeat(30_000) + "\""))
                .anyMatch(line -> line.contains("\"user.long\": \"" + "d".repeat(50_000) + "\""));
    }

    @Test
    void directoriesGrowAndShrinkFromLayerToLayer() throws Exception {
        TarBuilder second = new TarBuilder();
        TarBuilder third = new TarBuilder();
        for (int i = 0; i < 3000; i++) {
            second.file("many/file-" + i + "-" + "n".repeat(i % 80), "");
            if (i % 100 != 7) {
                third.file("many/.wh.file-" + i + "-" + "n".repeat(i % 80), "");
            }
        }
        byte[][] layers = {new TarBuilder().file("many/first", "1").build(), second.build(), third.build()};

        assertThat(listing(layers)).isEqualTo(listing(Kind.EXT4, layers));
    }

    @Test
    void hardLinksGoToFilesOfLowerLayers() throws Exception {
        byte[] lower = new TarBuilder().file("a", "content").file("b", "other").build();
        byte[] upper = new TarBuilder()
                .hardLink("d/link", "a")
                .hardLink("d/more", "a")
                .file(".wh.b", "")
                .build();
        byte[] last = new TarBuilder().file(".wh.a", "").build();

        assertThat(listing(lower, upper, last)).isEqualTo(listing(Kind.EXT4, lower, upper, last));
    }

    @Test
    void aLayerWritesOnlyWhatItChanges() throws Exception {
        TarBuilder lower = new TarBuilder();
        for (int i = 0; i < 5000; i++) {
            lower.file("d" + i % 50 + "/file-" + i, "");
        }
        Path image = directory.resolve("image");
        Images.ofBytes(Kind.EROFS, image, lower.build());
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE)) {
            try (Erofs fs = Erofs.open(store)) {
                new LayerApplier(fs)
                        .apply(new ByteArrayInputStream(
                                new TarBuilder().file("d7/new", "").build()));
            }
            assertThat(store.written()).isLessThanOrEqualTo(4L * ErofsVolume.BLOCK);
        }
        Kind.EROFS.fsck(image);
    }

    @Test
    void whatHasNoRoomIsRefused() throws Exception {
        byte[] tar = new TarBuilder().file("f", "x".repeat(200_000)).build();
        try (SparseFileStore store = new SparseFileStore(directory.resolve("small"), 64 << 10)) {
            Erofs fs = Erofs.format(store);
            assertThatThrownBy(() -> new LayerApplier(fs).apply(new ByteArrayInputStream(tar)))
                    .isInstanceOf(LayerTarException.class)
                    .hasCauseInstanceOf(FileSystemFullException.class);
            fs.close();
            assertThat(Erofs.isOn(store)).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1024, 0, no EROFS file system",
        "1036, 9, the file system has blocks of 2^9 bytes",
        "1104, 8, incompat bits 0x8 are unknown here",
        "1063, 127, the device 65536",
        "1157, 0, named as a directory and is none",
        "1163, 127, 'bytes, more than 134217728'",
    })
    void damageIsReported(long at, int value, String problem) throws Exception {
        Path image = directory.resolve("image");
        Images.ofBytes(
                Kind.EROFS, image, new TarBuilder().file("f", "").file("g", "").build());
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) value}), at);
        }
        try (SparseFileStore store = new SparseFileStore(image, Images.SIZE)) {
            assertThatThrownBy(() -> Erofs.open(store).tree().root())
                    .isInstanceOf(ErofsException.class)
                    .hasMessageContaining(problem);
        }
    }

    private List<String> listing(byte[]... layers) throws IOException {
        return listing(Kind.EROFS, layers);
    }

    private List<String> listing(Kind kind, byte[]... layers) throws IOException {
        Path image = Images.ofBytes(kind, directory.resolve("image-" + kind), layers);
        kind.fsck(image);
        try (Mounted mounted = Mounted.readOnly(image)) {
            return Mounted.withoutLostAndFound(mounted.listing());
        } finally {
            Files.delete(image);
        }
    }
}
