package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private Path format(String name, long size) throws IOException {
        Path image = directory.resolve(name);
        Files.deleteIfExists(image);
        try (SparseFileStore store = new SparseFileStore(image, size)) {
            Ext4.format(store, Ext4Options.defaults()).close();
        }
        return image;
    }
}
