package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.fs.tar.TarBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree that the kernel shows is the tree that was archived, in every attribute. */
class KernelTreeTest {
    private static final String ALL = "--xattrs --xattrs-include=* --numeric-owner --sort=name";

    @TempDir
    private Path directory;

    @BeforeEach
    void root() {
        assumeTrue(Root.isRoot(), "mounting needs root");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--format=posix",
                "--format=posix --sparse --sparse-version=1.0",
                "--format=posix --sparse --sparse-version=0.1",
                "--format=posix --sparse --sparse-version=0.0"
            })
    void everythingThatGnuTarArchivesArrives(String format) throws Exception {
        Path source = directory.resolve("source");
        try (Mounted tree = emptyDisk(source)) {
            Commands.check(
                    "python3", "src/test/resources/source.py", tree.path().toString());
            if (!format.contains("sparse")) {
                Files.delete(tree.path().resolve("usr/sparse"));
            }
            Path image = Images.of(directory.resolve("image"), archive(tree.path(), format));

            Commands.fsck(image);
            try (Mounted applied = Mounted.readOnly(image)) {
                assertThat(applied.differencesFrom(tree)).isEmpty();
            }
        }
    }

    @Test
    void anImageGoesOnWorkingWhenTheKernelWritesToIt() throws Exception {
        try (Mounted tree = emptyDisk(directory.resolve("source"))) {
            Commands.check(
                    "python3", "src/test/resources/source.py", tree.path().toString());
            Files.delete(tree.path().resolve("usr/sparse"));
            Path image = Images.of(directory.resolve("image"), archive(tree.path(), "--format=posix"));

            try (Mounted applied = Mounted.writable(image)) {
                Path usr = applied.path().resolve("usr");
                for (int i = 0; i < 1000; i++) {
                    Files.createFile(usr.resolve("more-" + i));
                    Files.delete(usr.resolve("many-%05d-%s".formatted(i, "y".repeat(i % 50))));
                }
                Commands.check("setfattr", "-n", "user.binary", "-v", "changed", applied.path() + "/attrs/user");
                Commands.check("setfattr", "-x", "user.big", applied.path() + "/attrs/big");
            }
            Commands.fsck(image);
        }
    }

    /** A disk with an ext4 of mke2fs, whose checksums and journal are kept too. */
    @Test
    void aFileSystemOfMke2fsCanBeChanged() throws Exception {
        Path disk = directory.resolve("disk");
        emptyDisk(disk).close();
        try (Mounted tree = emptyDisk(directory.resolve("source"))) {
            Commands.check(
                    "python3", "src/test/resources/source.py", tree.path().toString());
            Files.delete(tree.path().resolve("usr/sparse"));
            Path tar = archive(tree.path(), "--format=posix");
            try (SparseFileStore store = new SparseFileStore(disk, Files.size(disk));
                    Ext4 fs = Ext4.open(store)) {
                new LayerApplier(fs).apply(Files.newInputStream(tar));
            }

            Commands.fsck(disk);
            try (Mounted applied = Mounted.readOnly(disk)) {
                assertThat(applied.differencesFrom(tree)).isEmpty();
            }
        }
        byte[] whiteouts =
                new TarBuilder().file(".wh..wh..opq", "").file("new", "").build();
        try (SparseFileStore store = new SparseFileStore(disk, Files.size(disk));
                Ext4 fs = Ext4.open(store)) {
            new LayerApplier(fs).apply(new ByteArrayInputStream(whiteouts));
        }
        Commands.fsck(disk);
        try (Mounted applied = Mounted.readOnly(disk)) {
            assertThat(applied.contents()).containsOnlyKeys("/new");
        }
    }

    private Path archive(Path tree, String format) throws IOException {
        Path tar = directory.resolve("layer.tar");
        String command = "tar " + ALL + " " + format + " --exclude=./lost+found -C '" + tree + "' -cf '" + tar + "' .";
        Commands.check("sh", "-c", "set -f; " + command);
        return tar;
    }

    private static Mounted emptyDisk(Path disk) throws IOException {
        Commands.check("truncate", "-s", "512M", disk.toString());
        Commands.check("mkfs.ext4", "-q", "-I", "256", "-E", "lazy_itable_init=1", disk.toString());
        return Mounted.writable(disk);
    }
}
