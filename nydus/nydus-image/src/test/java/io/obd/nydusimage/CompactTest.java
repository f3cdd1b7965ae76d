package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompactTest {
    @TempDir
    private Path directory;

    private Path blobs = Path.of("");

    @BeforeEach
    void copyBlobs() throws IOException {
        blobs = Files.createDirectory(directory.resolve("blobs"));
        try (Stream<Path> golden = Files.list(Command.golden("blobs"))) {
            for (Path blob : golden.toList()) {
                Files.copy(blob, blobs.resolve(blob.getFileName()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v5-layered/l3", "v5-merge/merged", "v6-layered/l3", "v6-merge/merged"})
    void smallBlobsBecomeOneAndTheTreeStaysAsItIs(String image) throws IOException {
        Path bootstrap = Command.golden(image + ".boot");
        Path compacted = directory.resolve("new.boot");
        assertThat(blobs(bootstrap)).hasSizeGreaterThan(1);

        compact(bootstrap, "-O", compacted.toString());

        assertThat(blobs(compacted)).hasSize(1);
        assertThat(blobs.resolve(blobs(compacted).getFirst())).isRegularFile();
        assertThat(Command.sha256(blobs.resolve(blobs(compacted).getFirst())))
                .isEqualTo(blobs(compacted).getFirst());
        assertThat(tar(compacted)).hasSameBinaryContentAs(tar(bootstrap));
        assertThat(Command.run("check", "-D", blobs.toString(), compacted.toString())
                        .exitCode())
                .isZero();
    }

    @Test
    void theSameImageIsCompactedToTheSameBytes() throws IOException {
        Path first = directory.resolve("first.boot");
        Path second = directory.resolve("second.boot");

        compact(Command.golden("v6-merge/merged.boot"), "-O", first.toString());
        compact(Command.golden("v6-merge/merged.boot"), "-O", second.toString());

        assertThat(second).hasSameBinaryContentAs(first);
    }

    @Test
    void whatALayerHidesIsLeftOutOfItsBlob() throws IOException {
        Path lower = directory.resolve("lower.boot");
        Path upper = directory.resolve("upper.boot");
        build(lower, tree("lower", 200_000, 50_000), List.of());
        build(upper, tree("upper", 200_000), List.of("--parent-bootstrap", lower.toString()));
        Path compacted = directory.resolve("new.boot");

        compact(upper, "--min-used-ratio", "50", "--compact-blob-size", "0", "-O", compacted.toString());

        List<BlobInfo> before = Bootstrap.load(upper).blobs();
        List<BlobInfo> after = Bootstrap.load(compacted).blobs();
        assertThat(after).hasSize(2);
        assertThat(after.get(0).compressedSize()).isBetween(50_000L, 60_000L);
        assertThat(after.get(1)).isEqualTo(before.get(1));
        assertThat(tar(compacted)).hasSameBinaryContentAs(tar(upper));
    }

    @Test
    void noMoreIsPutTogetherThanIsAllowed() throws IOException {
        Path merged = Command.golden("v6-merge/merged.boot");
        Path compacted = directory.resolve("new.boot");

        compact(merged, "--max-compact-size", "1", "-O", compacted.toString());

        assertThat(blobs(compacted)).isEqualTo(blobs(merged));
    }

    @Test
    void anImageWithFewBlobsIsLeftAsItIs() {
        Path compacted = directory.resolve("new.boot");

        Command compact =
                compact(Command.golden("v6-merge/merged.boot"), "--layers-to-compact", "9", "-O", compacted.toString());

        assertThat(compact.out()).contains("left as it is");
        assertThat(compacted).doesNotExist();
    }

    @Test
    void blobsThatOtherImagesHaveStayAsTheyAre() throws IOException {
        Path merged = Command.golden("v6-merge/merged.boot");
        Path compacted = directory.resolve("new.boot");

        compact(merged, "--chunk-dict", "bootstrap=" + merged, "-O", compacted.toString());

        assertThat(blobs(compacted)).isEqualTo(blobs(merged));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v6-opt-batch/base", "v6-targzref/base", "v6-tarfs/layer2"})
    void blobsThatCannotBeTakenApartStayAsTheyAre(String image) throws IOException {
        Path bootstrap = Command.golden(image + ".boot");
        Path compacted = directory.resolve("new.boot");

        compact(bootstrap, "--min-used-ratio", "99", "-O", compacted.toString());

        assertThat(blobs(compacted)).isEqualTo(blobs(bootstrap));
        assertThat(tar(compacted)).hasSameBinaryContentAs(tar(bootstrap));
    }

    @Test
    void filesToPrefetchAreStillThose() throws IOException {
        Path bootstrap = Command.golden("v6-opt-prefetch/base.boot");
        Path compacted = directory.resolve("new.boot");

        compact(bootstrap, "-O", compacted.toString());

        assertThat(Command.run("inspect", compacted.toString(), "-R", "prefetch")
                        .out())
                .contains("/etc", "/usr/bin/tool");
    }

    @Test
    void blobsMayBeInARegistryAndTheNewOneComesIntoTheDirectory() throws IOException {
        Path merged = Command.golden("v6-merge/merged.boot");
        Path compacted = directory.resolve("new.boot");
        Path summary = directory.resolve("summary.json");
        Path empty = Files.createDirectory(directory.resolve("empty"));
        try (BlobRegistry registry = new BlobRegistry(Command.golden("blobs"))) {
            Command compact = Command.run(
                    "compact",
                    "-B",
                    merged.toString(),
                    "-D",
                    empty.toString(),
                    "--backend-type",
                    "registry",
                    "--backend-config",
                    registry.backend(BlobRegistry.PASSWORD),
                    "-O",
                    compacted.toString(),
                    "-J",
                    summary.toString());
            assertThat(compact.exitCode()).as(compact.err()).isZero();
        }

        assertThat(empty)
                .isDirectoryContaining(file -> file.endsWith(blobs(compacted).getFirst()));
        JsonNode json = new ObjectMapper().readTree(summary.toFile());
        assertThat(json.get("blobs").get(0).asText()).isEqualTo(blobs(compacted).getFirst());
        assertThat(json.get("fs_version").asText()).isEqualTo("6");
    }

    @Test
    void nothingIsLeftWhereAChunkIsDamaged() throws IOException {
        Path merged = Command.golden("v6-merge/merged.boot");
        Path damaged = blobs.resolve(blobs(merged).getLast());
        byte[] bytes = Files.readAllBytes(damaged);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= 1;
        }
        Files.write(damaged, bytes);
        int before = count(blobs);

        Command compact = Command.run(
                "compact",
                "-B",
                merged.toString(),
                "-D",
                blobs.toString(),
                "-O",
                directory.resolve("new.boot").toString());

        assertThat(compact.exitCode()).isEqualTo(1);
        assertThat(compact.err()).startsWith("nydus-image compact: " + damaged);
        assertThat(count(blobs)).isEqualTo(before);
        assertThat(directory.resolve("new.boot")).doesNotExist();
    }

    @Test
    void theNewBootstrapIsBesideTheOldOneIfNothingElseIsSaid() throws IOException {
        Path bootstrap = Files.copy(Command.golden("v6-merge/merged.boot"), directory.resolve("image.boot"));

        compact(bootstrap);

        assertThat(blobs(directory.resolve("image.bootstrap.compact"))).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "--min-used-ratio, 100, not 0 to 99",
        "--compact-blob-size, -1, is negative",
        "--chunk-dict, database=x, is not supported",
        "--backend-config, {}, --backend-type",
    })
    void wrongUseEndsWith2(String option, String value, String reason) {
        Command compact = Command.run(
                "compact",
                "-B",
                Command.golden("v6-merge/merged.boot").toString(),
                "-D",
                blobs.toString(),
                option,
                value);

        assertThat(compact.exitCode()).isEqualTo(2);
        assertThat(compact.err()).contains(reason);
    }

    private Command compact(Path bootstrap, String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("compact", "-B", bootstrap.toString(), "-D", blobs.toString()));
        arguments.addAll(List.of(options));
        Command compact = Command.run(arguments.toArray(String[]::new));
        assertThat(compact.exitCode()).as(compact.err()).isZero();
        return compact;
    }

    private static List<String> blobs(Path bootstrap) {
        try {
            return Bootstrap.load(bootstrap).blobs().stream().map(BlobInfo::id).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static int count(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return (int) files.count();
        }
    }

    private Path tar(Path bootstrap) throws IOException {
        Path tar = Files.createTempFile(directory, "tree", ".tar");
        Command unpack =
                Command.run("unpack", bootstrap.toString(), "-D", blobs.toString(), "--output", tar.toString());
        assertThat(unpack.exitCode()).as(unpack.err()).isZero();
        return tar;
    }

    /** Files of these sizes, named by their number, that cannot be compressed. */
    private Path tree(String name, int... sizes) throws IOException {
        Path tree = Files.createDirectory(directory.resolve(name));
        for (int i = 0; i < sizes.length; i++) {
            byte[] content = new byte[sizes[i]];
            new Random(name.hashCode() + i).nextBytes(content);
            Files.write(tree.resolve("file" + i), content);
        }
        return tree;
    }

    private void build(Path bootstrap, Path tree, List<String> options) {
        List<String> arguments = new ArrayList<>(List.of("create", "-B", bootstrap.toString(), "-D", blobs.toString()));
        arguments.addAll(options);
        arguments.add(tree.toString());
        Command create = Command.run(arguments.toArray(String[]::new));
        assertThat(create.exitCode()).as(create.err()).isZero();
    }
}
