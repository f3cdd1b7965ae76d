package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.fs.tar.TarBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree that the kernel shows is the tree that was archived, in every attribute. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KernelTreeTest {
    private static final String POSIX = "--format=posix";
    private static final String LARGE = "/usr/sparse";

    private @Nullable Mounted source;
    private List<String> listing = List.of();

    @BeforeAll
    void makeSource(@TempDir Path directory) throws Exception {
        assumeTrue(Root.isRoot(), "mounting needs root");
        source = Mounted.writable(emptyDisk(directory.resolve("source")));
        Commands.check("python3", "src/test/resources/source.py", source.path().toString());
        listing = source.listing();
    }

    @AfterAll
    void unmountSource() throws Exception {
        if (source != null) {
            source.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                POSIX + " --sparse --sparse-version=1.0",
                POSIX + " --sparse --sparse-version=0.1",
                POSIX + " --sparse --sparse-version=0.0"
            })
    void everythingThatGnuTarArchivesArrives(String format, @TempDir Path directory) throws Exception {
        Path image = Images.of(directory.resolve("image"), archive(directory, format));

        Commands.fsck(image);
        try (Mounted applied = Mounted.readOnly(image)) {
            assertThat(applied.differencesFrom(listing)).isEmpty();
        }
    }

    @Test
    void soItDoesInErofs(@TempDir Path directory) throws Exception {
        Path image = Images.of(
                Kind.EROFS, directory.resolve("image"), archive(directory, POSIX + " --sparse --sparse-version=1.0"));

        Kind.EROFS.fsck(image);
        try (Mounted applied = Mounted.readOnly(image)) {
            assertThat(Mounted.withoutLostAndFound(applied.listing())).isEqualTo(Mounted.withoutLostAndFound(listing));
        }
    }

    @Test
    void anImageGoesOnWorkingWhenTheKernelWritesToIt(@TempDir Path directory) throws Exception {
        Path image = Images.of(directory.resolve("image"), archive(directory, POSIX + " --exclude=." + LARGE));

        try (Mounted applied = Mounted.writable(image)) {
            assertThat(applied.differencesFrom(listing))
                    .singleElement()
                    .asString()
                    .contains(LARGE);
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

    /** It has checksums and a journal, which file systems made here have not. */
    @Test
    void aFileSystemOfMke2fsCanBeFilledAndEmptied(@TempDir Path directory) throws Exception {
        Path disk = emptyDisk(directory.resolve("disk"));
        try (InputStream layer = Files.newInputStream(archive(directory, POSIX + " --sparse"))) {
            apply(disk, layer);
        }
        Commands.fsck(disk);
        try (Mounted applied = Mounted.readOnly(disk)) {
            assertThat(applied.differencesFrom(listing)).isEmpty();
        }

        apply(
                disk,
                new ByteArrayInputStream(new TarBuilder()
                        .file(".wh..wh..opq", "")
                        .file("new", "")
                        .build()));
        Commands.fsck(disk);
        try (Mounted applied = Mounted.readOnly(disk)) {
            assertThat(applied.contents()).containsOnlyKeys("/new");
        }
    }

    private static void apply(Path disk, InputStream layer) throws IOException {
        try (SparseFileStore store = new SparseFileStore(disk, Files.size(disk));
                Ext4 fs = Ext4.open(store)) {
            new LayerApplier(fs).apply(layer);
        }
    }

    private Path archive(Path directory, String format) throws IOException {
        assertThat(source).isNotNull();
        Path tar = directory.resolve("layer.tar");
        String options = "--xattrs '--xattrs-include=*' --numeric-owner --sort=name --exclude=./lost+found ";
        Commands.check("sh", "-c", "tar " + options + format + " -C '" + source.path() + "' -cf '" + tar + "' .");
        return tar;
    }

    private static Path emptyDisk(Path disk) throws IOException {
        Commands.check("mkfs.ext4", "-q", "-I", "256", "-E", "lazy_itable_init=1", disk.toString(), "512M");
        return disk;
    }
}
