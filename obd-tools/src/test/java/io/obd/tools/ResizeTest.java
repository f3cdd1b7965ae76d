package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.lsmt.LayeredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResizeTest {
    private static final long GB = 1L << 30;

    @TempDir
    private Path dir;

    private Path data;
    private Path index;
    private Path config;

    @BeforeEach
    void names() throws IOException {
        data = dir.resolve("data");
        index = dir.resolve("index");
        config = Disks.config(dir.resolve("config.v1.json"), List.of(), data, index);
    }

    private void create(Object... options) {
        Object[] arguments = Stream.concat(Stream.of(data, index, 2, "--mkfs"), Stream.of(options))
                .toArray();
        ToolRun.of("create", arguments).orFail();
        ToolRun.of("apply", Golden.tar("A.tar"), config).orFail();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--verbose=false", "-s"})
    void aDeviceGrowsAndShrinksWithItsFileSystem(String kind) throws Exception {
        create(kind);

        for (int size : new int[] {3, 1, 2}) {
            ToolRun run = ToolRun.of("resize", "--config", config, "--size", size);

            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.out()).matches("Success: filesystem resized to " + size + " GB \\(\\d+ seconds\\)\n");
            Path raw = export();
            assertThat(Files.size(raw)).isEqualTo(size * GB);
            assertThat(Shell.run("e2fsck", "-f", "-n", raw)).contains("/" + size * GB / 4096 + " blocks");
            assertThat(Shell.run("debugfs", "-R", "stat /usr/bin/f65536", raw)).contains("Size: 65536");
        }
        assertThat(files()).containsExactlyInAnyOrder("config.v1.json", "data", "index", "export");
    }

    @Test
    void aLayerOnTopOfOthersIsResized() throws Exception {
        create();
        Path lower = dir.resolve("lower");
        ToolRun.of("commit", "-z", data, index, lower).orFail();
        Files.delete(data);
        Files.delete(index);
        ToolRun.of("create", data, index, 0).orFail();
        Disks.config(config, List.of(lower), data, index);

        ToolRun.of("resize", "--config", config, "--size", 4).orFail();

        assertThat(Shell.run("e2fsck", "-f", "-n", export())).contains("/1048576 blocks");
        assertThat(Files.size(data)).isLessThan(4 << 20);
    }

    @Test
    void aFileSystemDoesNotBecomeSmallerThanWhatItHolds() throws Exception {
        Path image = dir.resolve("image");
        byte[] content = new byte[40 << 20];
        new Random(1).nextBytes(content);
        Path file = Files.write(dir.resolve("file"), content);
        Shell.run("mke2fs", "-q", "-t", "ext4", image, "64M");
        Shell.run("debugfs", "-w", "-R", "write " + file + " file", image);
        byte[] before = Files.readAllBytes(image);

        assertThatThrownBy(() -> new E2fsprogs(image).resize(16 << 20))
                .hasMessageContainingAll("the file system cannot have 16777216 bytes", "smaller than minimum");
        assertThat(Files.readAllBytes(image)).isEqualTo(before);
    }

    @Test
    void aDeviceWithoutFileSystemIsRefused() throws Exception {
        ToolRun.of("create", data, index, 1).orFail();

        ToolRun run = ToolRun.of("resize", "--config", config, "--size", 2);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("e2fsck finds no file system");
        assertThat(files()).containsExactlyInAnyOrder("config.v1.json", "data", "index");
    }

    @Test
    void anImageWithoutWritableLayerIsRefused() throws Exception {
        Files.writeString(config, "{\"lowers\":[]}");

        assertThat(ToolRun.of("resize", "--config", config, "--size", 2).exitCode())
                .isEqualTo(1);
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThat(ToolRun.of("resize", "--config", config)).satisfies(run -> {
            assertThat(run.exitCode()).isEqualTo(106);
            assertThat(run.err()).startsWith("--size is required");
        });
        assertThat(ToolRun.of("resize", "--config", config, "--size", 0).exitCode())
                .isEqualTo(105);
        assertThat(ToolRun.of("resize", "--config", config, "--size", "1.5").exitCode())
                .isEqualTo(105);
        assertThat(ToolRun.of("resize", "--config", dir.resolve("none"), "--size", 1)
                        .exitCode())
                .isEqualTo(105);
    }

    private Path export() throws IOException {
        Path raw = dir.resolve("export");
        Files.deleteIfExists(raw);
        try (LayeredImage disk = Disks.open(config)) {
            DiskCopy copy = DiskCopy.of(disk, data);
            Files.move(copy.path(), raw);
            Files.createFile(copy.path());
            copy.close();
        }
        return raw;
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
