package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizeTest {
    @TempDir
    private Path directory;

    private Path output = Path.of("");
    private Path added = Path.of("");

    @BeforeEach
    void choosePlaces() throws IOException {
        output = directory.resolve("new.boot");
        added = Files.createDirectory(directory.resolve("added"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v5-layered/l3", "v5-zstd/base", "v6-lz4_block/base", "v6-merge/merged"})
    void whatIsWantedHasABlobOfItsOwnAndTheTreeStaysAsItIs(String image) throws IOException {
        Path bootstrap = Command.golden(image + ".boot");

        optimize(bootstrap, "{\"version\":\"v1\",\"files\":[{\"path\":\"/etc\"},{\"path\":\"/none\"}]}");

        Bootstrap before = Bootstrap.load(bootstrap);
        Bootstrap after = Bootstrap.load(output);
        assertThat(after.blobs()).hasSize(before.blobs().size() + 1);
        assertThat(after.blobs().subList(0, before.blobs().size())).isEqualTo(before.blobs());
        BlobInfo own = after.blobs().getLast();
        assertThat(added.resolve(own.id())).isRegularFile();
        assertThat(Command.sha256(added.resolve(own.id()))).isEqualTo(own.id());
        assertThat(chunks(file(after, "etc"))).isNotEmpty().allMatch(chunk -> chunk.blob() == own.index());
        assertThat(tar(output)).hasSameBinaryContentAs(tar(bootstrap));
    }

    @Test
    void theBlobOfVersion6SaysWhatItIsFor() throws IOException {
        optimize(Command.golden("v6-zstd/base.boot"), "/etc\n\n/dup/a.bin/\n");

        List<BlobInfo> blobs = Bootstrap.load(output).blobs();
        assertThat(blobs.getFirst().features().isForPrefetch()).isFalse();
        assertThat(blobs.getLast().features().isForPrefetch()).isTrue();
    }

    @Test
    void ofAFileOnlyTheChunksOfTheRangesAreCopied() throws IOException {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        byte[] content = new byte[5 * 4096];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i / 4096 + 1);
        }
        Files.write(tree.resolve("file"), content);
        Path bootstrap = directory.resolve("old.boot");
        Command create = Command.run(
                "create", "--chunk-size", "4096", "-B", bootstrap.toString(), "-D", added.toString(), tree.toString());
        assertThat(create.exitCode()).as(create.err()).isZero();

        optimize(
                bootstrap,
                "{\"version\":\"v1\",\"files\":[{\"path\":\"/file\",\"ranges\":[[4096,1],[12287,2]]}]}",
                "-D",
                added.toString());

        assertThat(chunks(file(Bootstrap.load(output), "file")))
                .extracting(Chunk::blob)
                .containsExactly(0, 1, 1, 1, 0);
    }

    @Test
    void anImageIsNotOptimizedForTheSameListAgain() throws IOException {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.writeString(tree.resolve("first"), "wanted");
        Files.writeString(tree.resolve("second"), "not wanted");
        Path bootstrap = directory.resolve("old.boot");
        Command create = Command.run("create", "-B", bootstrap.toString(), "-D", added.toString(), tree.toString());
        assertThat(create.exitCode()).as(create.err()).isZero();
        optimize(bootstrap, "/first", "-D", added.toString());
        Path optimized = Files.move(output, directory.resolve("optimized.boot"));

        Command again = run(optimized, "/first", "-D", added.toString());

        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("has just that in it already");
        assertThat(output).doesNotExist();
        for (BlobInfo blob : Bootstrap.load(optimized).blobs()) {
            assertThat(added.resolve(blob.id())).isRegularFile();
        }
    }

    @Test
    void theSummaryEndsWithTheNewBlob() throws IOException {
        Path summary = directory.resolve("summary.json");

        Command optimize = optimize(Command.golden("v6-zstd/base.boot"), "/etc\n/nowhere", "-J", summary.toString());

        JsonNode blobs = new ObjectMapper().readTree(summary.toFile()).get("blobs");
        assertThat(added.resolve(blobs.get(blobs.size() - 1).asText())).isRegularFile();
        assertThat(optimize.err()).contains("/nowhere: the image has no such file");
    }

    @Test
    void blobsMayBeInARegistry() throws IOException {
        try (BlobRegistry registry = new BlobRegistry(Command.golden("blobs"))) {
            optimize(
                    Command.golden("v6-merge/merged.boot"),
                    "/etc",
                    "--backend-type",
                    "registry",
                    "--backend-config",
                    registry.backend(BlobRegistry.PASSWORD));
            assertThat(registry.requests()).isPositive();
        }
        assertThat(added).isNotEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({
        "v6-zstd/base, /nowhere, none of the 1 files",
        "v6-opt-batch/base, /etc, its chunks are compressed together",
        "v6-targzref/base, /etc, its chunks are compressed together",
        "v6-zstd/base, etc, 'etc' is no absolute path",
        "v6-zstd/base, {, no JSON",
        "v6-zstd/base, {\"version\":\"v2\"}, version is 'v2'",
        "v6-zstd/base, {\"version\":\"v1\";\"files\":[{\"path\":\"/etc\";\"ranges\":[[1]]}]}, [1] is no [OFFSET",
    })
    void whatCannotBeDoneIsNamedAndLeavesNothing(String image, String list, String reason) throws IOException {
        Command optimize = run(Command.golden(image + ".boot"), list.replace(';', ','));

        assertThat(optimize.exitCode()).isEqualTo(1);
        assertThat(optimize.err()).contains(reason);
        assertThat(added).isEmptyDirectory();
        assertThat(output).doesNotExist();
    }

    private Command optimize(Path bootstrap, String list, String... options) throws IOException {
        Command optimize = run(bootstrap, list, options);
        assertThat(optimize.exitCode()).as(optimize.err()).isZero();
        return optimize;
    }

    private Command run(Path bootstrap, String list, String... options) throws IOException {
        Path files = Files.writeString(directory.resolve("list"), list);
        List<String> arguments = new ArrayList<>(List.of(
                "optimize",
                "-B",
                bootstrap.toString(),
                "-p",
                files.toString(),
                "-O",
                output.toString(),
                "--output-blob-dir",
                added.toString()));
        boolean saysWhereBlobsAre =
                List.of(options).contains("-D") || List.of(options).contains("--backend-type");
        if (!saysWhereBlobsAre) {
            arguments.addAll(List.of("-D", Command.golden("blobs").toString()));
        }
        arguments.addAll(List.of(options));
        return Command.run(arguments.toArray(String[]::new));
    }

    private static Inode file(Bootstrap image, String name) {
        return Objects.requireNonNull(image.root().child(ByteString.of(name)));
    }

    private static List<Chunk> chunks(Inode inode) {
        List<Chunk> chunks = new ArrayList<>(inode.chunks());
        inode.entries().forEach(entry -> chunks.addAll(chunks(entry.inode())));
        return chunks;
    }

    private Path tar(Path bootstrap) throws IOException {
        Path tar = Files.createTempFile(directory, "tree", ".tar");
        Path config = Files.writeString(
                directory.resolve("backend.json"),
                "{\"dir\":\"" + Command.golden("blobs") + "\",\"alt_dirs\":[\"" + added + "\"]}");
        Command unpack = Command.run(
                "unpack",
                bootstrap.toString(),
                "--backend-type",
                "localfs",
                "--backend-config-file",
                config.toString(),
                "--output",
                tar.toString());
        assertThat(unpack.exitCode()).as(unpack.err()).isZero();
        return tar;
    }
}
