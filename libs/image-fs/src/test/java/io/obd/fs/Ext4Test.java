package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.fs.tar.LayerTarException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Ext4Test {
    private static final long GB = 1L << 30;

    @TempDir
    private Path directory;

    @Test
    void aNewFileSystemIsCleanAndHasTheFeaturesOfTheOriginal() throws Exception {
        Path image = format("one", GB);

        Commands.fsck(image);
        String superblock = Commands.check("dumpe2fs", "-h", image.toString());
        assertThat(superblock)
                .contains("ext_attr resize_inode dir_index sparse_super2 filetype extent 64bit flex_bg sparse_super"
                        + " large_file huge_file dir_nlink extra_isize")
                .contains("Filesystem UUID:          <none>")
                .containsPattern("Block size: +4096")
                .containsPattern("Inode size:\\s+256")
                .containsPattern("Inode count: +65536")
                .containsPattern("Reserved block count: +13107")
                .containsPattern("Maximum mount count: +-1")
                .containsPattern("Default directory hash: +half_md4")
                .containsPattern("Filesystem state: +clean");
    }

    @Test
    void aDeviceOf64GbCostsLittle() throws Exception {
        Path image = directory.resolve("large");
        try (SparseFileStore store = new SparseFileStore(image, 64 * GB)) {
            Ext4.format(store, Ext4Options.defaults()).close();
            assertThat(store.written()).isLessThan(10 << 20);
        }
    }

    @Test
    void theSameCallsGiveTheSameBytes() throws Exception {
        assertThat(Files.mismatch(format("one", GB / 8), format("two", GB / 8))).isEqualTo(-1);
    }

    @Test
    void fileSystemsAreMadeSideBySide() throws Exception {
        Path expected = format("expected", GB / 64);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Path>> made = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                String name = "image " + i;
                made.add(threads.submit(() -> format(name, GB / 64)));
            }
            for (Future<Path> image : made) {
                assertThat(Files.mismatch(expected, image.get())).isEqualTo(-1);
                Files.delete(image.get());
            }
        }
    }

    @Test
    void openingAndClosingWritesNothing() throws Exception {
        Path image = format("one", GB);
        try (SparseFileStore store = new SparseFileStore(image, GB)) {
            Ext4.open(store).close();
            assertThat(store.written()).isZero();
        }
    }

    @Test
    void aStoreWithoutAFileSystemIsRefused() throws Exception {
        try (SparseFileStore store = new SparseFileStore(directory.resolve("empty"), GB)) {
            assertThatThrownBy(() -> Ext4.open(store))
                    .isInstanceOf(Ext4Exception.class)
                    .hasMessageContaining("open the file system: Bad magic number");
        }
    }

    @Test
    void afterALayerThatFailedTheFileSystemCannotBeUsed() throws Exception {
        try (SparseFileStore store = new SparseFileStore(directory.resolve("image"), GB)) {
            Ext4 fs = Ext4.format(store, Ext4Options.defaults());
            LayerApplier applier = new LayerApplier(fs);
            InputStream garbage = new ByteArrayInputStream(new byte[] {1, 2, 3});
            assertThatThrownBy(() -> applier.apply(garbage)).isInstanceOf(LayerTarException.class);

            assertThatThrownBy(() -> applier.apply(garbage)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aFileSystemThatWasNotUnmountedIsRefused() throws Exception {
        Path image = format("one", GB / 8);
        Commands.check("debugfs", "-w", "-R", "ssv state 0", image.toString());
        try (SparseFileStore store = new SparseFileStore(image, GB / 8)) {
            assertThatThrownBy(() -> Ext4.open(store))
                    .isInstanceOf(Ext4Exception.class)
                    .hasMessageContaining("run e2fsck");
        }
    }

    @Test
    void aFeatureThatIsUnknownHereIsRefused() throws Exception {
        Path image = directory.resolve("image");
        Commands.check("mkfs.ext4", "-q", "-O", "inline_data", image.toString(), "64M");
        try (SparseFileStore store = new SparseFileStore(image, GB / 16)) {
            assertThatThrownBy(() -> Ext4.open(store)).hasMessageContaining("incompat bits 0x8000 are unknown here");
        }
    }

    @Test
    void blocksOf1KibAreRefused() throws Exception {
        Path image = directory.resolve("image");
        Commands.check("mkfs.ext4", "-q", "-b", "1024", image.toString(), "64M");
        try (SparseFileStore store = new SparseFileStore(image, GB / 16)) {
            assertThatThrownBy(() -> Ext4.open(store)).hasMessageContaining("blocks of 1024 bytes");
        }
    }

    private Path format(String name, long size) throws IOException {
        Path image = directory.resolve(name);
        Files.deleteIfExists(image);
        try (SparseFileStore store = new SparseFileStore(image, size)) {
            Ext4.format(store, Ext4Options.defaults()).close();
        }
        return image;
    }
}
