package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.lsmt.LayeredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeTest {
    private static final List<Path> LAYERS = Stream.of("layer0-zstd8k.obd", "layer1-raw.lsmt", "layer2-lz4.obd")
            .map(name -> Golden.blocks("lsmt/stack-3").resolve(name).toAbsolutePath())
            .toList();
    private static final ToolRun DONE = new ToolRun(0, "", "");

    @TempDir
    private Path dir;

    private Path config;
    private Path output;

    @BeforeEach
    void names() throws IOException {
        config = dir.resolve("config.v1.json");
        output = dir.resolve("output");
        new ImageConfig("", LAYERS.stream().map(Path::toString).map(Lower::file).toList(), "").write(config);
    }

    @Test
    void theResultIsThatOfTheOriginal() throws Exception {
        assertThat(ToolRun.of("merge", config, output, "--compress=false")).isEqualTo(DONE);
        assertThat(output).hasSameBinaryContentAs(Golden.blocks("lsmt/stack-3/merged-raw.lsmt"));

        assertThat(ToolRun.of("merge", config, output)).isEqualTo(DONE);
        ZFiles.assertSame(output, Golden.blocks("lsmt/stack-3/merged-lz4.zfile"));
    }

    @Test
    void whatTheLayerIsMadeOfIsNotReplaced() throws Exception {
        Path data = Files.copy(Golden.blocks("lsmt/stack-3/upper/data"), dir.resolve("data"));
        Path index = Files.copy(Golden.blocks("lsmt/stack-3/upper/index"), dir.resolve("index"));
        Disks.config(config, LAYERS, data, index);
        Path link = Files.createSymbolicLink(dir.resolve("link"), index);
        for (Path source : List.of(data, link, config, LAYERS.getFirst())) {
            ToolRun run = ToolRun.of("merge", config, source);
            assertThat(run.exitCode()).isNotZero();
            assertThat(run.err()).contains(source + " is what the layer is made of");
        }
        assertThat(data).hasSameBinaryContentAs(Golden.blocks("lsmt/stack-3/upper/data"));
        assertThat(index).hasSameBinaryContentAs(Golden.blocks("lsmt/stack-3/upper/index"));
        assertThat(ToolRun.of("commit", data, index, data, "-f").exitCode()).isNotZero();
        assertThat(data).hasSameBinaryContentAs(Golden.blocks("lsmt/stack-3/upper/data"));
    }

    @Test
    void theWritableLayerIsPartOfTheResult() throws Exception {
        Path data = Files.copy(Golden.blocks("lsmt/stack-3/upper/data"), dir.resolve("data"));
        Path index = Files.copy(Golden.blocks("lsmt/stack-3/upper/index"), dir.resolve("index"));
        Disks.config(config, LAYERS, data, index);

        assertThat(ToolRun.of("merge", "-t", config, output)).isEqualTo(DONE);

        Path merged = dir.resolve("merged.json");
        new ImageConfig("", List.of(Lower.file(output.toString())), "").write(merged);
        try (LayeredImage one = Disks.open(config);
                LayeredImage other = Disks.open(merged)) {
            Disks.assertSame(one, other);
        }
    }

    @Test
    void aLayerThatCannotBeOpenedIsNamed() throws Exception {
        Lower broken = Lower.file(Golden.blocks("corrupt/lsmt-index-unsorted.lsmt")
                .toAbsolutePath()
                .toString());
        new ImageConfig("", List.of(broken), "").write(config);
        Files.writeString(output, "old");

        ToolRun run = ToolRun.of("merge", config, output);

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err())
                .startsWith("layer 0 of 1 (" + broken.file() + "): ")
                .contains("at byte");
        assertThat(output).hasContent("old");
    }

    @Test
    void wrongArgumentsAreRefused() throws Exception {
        assertThat(ToolRun.of("merge").exitCode()).isEqualTo(106);
        assertThat(ToolRun.of("merge", config).exitCode()).isEqualTo(106);
        assertThat(ToolRun.of("merge", dir.resolve("none"), output).exitCode()).isEqualTo(105);
        Files.writeString(config, "{\"lowers\": 7}");
        assertThat(ToolRun.of("merge", config, output).err()).startsWith(config + ":1: lowers: ");
        assertThat(ToolRun.of("merge", config, dir).exitCode()).isEqualTo(255);
    }
}
