package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.Zstd;
import io.obd.rafs.Bootstrap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreateTest {
    @TempDir
    private Path directory;

    private Path tree;
    private Path blobs;

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectories(directory.resolve("tree"));
        blobs = Files.createDirectories(directory.resolve("blobs"));
        Files.writeString(tree.resolve("file"), "content");
        Files.createDirectories(tree.resolve("directory"));
        Files.writeString(tree.resolve("directory/.wh.gone"), "");
    }

    private Command create(String... options) {
        List<String> arguments = new ArrayList<>(List.of("create"));
        arguments.addAll(Arrays.asList(options));
        arguments.add(tree.toString());
        return Command.run(arguments.toArray(String[]::new));
    }

    @Test
    void whatWasBuiltIsSaidAndWrittenDown() throws IOException {
        Path bootstrap = directory.resolve("boot");
        Path summary = directory.resolve("summary.json");

        Command create = create("-B", bootstrap.toString(), "-D", blobs.toString(), "-J", summary.toString());

        assertThat(create.err()).isEmpty();
        assertThat(create.exitCode()).isZero();
        assertThat(create.out())
                .startsWith("successfully built RAFS filesystem:")
                .contains(bootstrap.toString());
        Path blob = onlyFile(blobs);
        assertThat(blob.getFileName()).hasToString(sha256(blob));
        JsonNode json = new ObjectMapper().readTree(summary.toFile());
        JsonNode golden =
                new ObjectMapper().readTree(Command.golden("v6-none/check.json").toFile());
        assertThat(json.fieldNames()).toIterable().containsExactlyElementsOf(() -> golden.fieldNames());
        assertThat(json.get("bootstrap").asText()).isEqualTo(bootstrap.toString());
        assertThat(json.get("blobs")).hasSize(1);
        assertThat(json.get("blobs").get(0).asText()).isEqualTo(sha256(blob));
        assertThat(json.get("fs_version").asText()).isEqualTo("6");
        assertThat(json.get("compressor").asText()).isEqualTo("zstd");
    }

    @ParameterizedTest
    @CsvSource({"5, none, 7", "5, zstd, 7", "6, none, 8192", "6, zstd, 8192"})
    void aReadyCacheHasTheChunksDecompressed(String version, String compressor, int size) throws IOException {
        Files.writeString(tree.resolve("other"), version.equals("6") ? "more" : "content");
        String blobBoot = directory.resolve("blob.boot").toString();
        String cacheBoot = directory.resolve("cache.boot").toString();
        Path cache = Files.createDirectories(directory.resolve("cache"));

        create("-v", version, "--compressor", compressor, "-B", blobBoot, "-D", blobs.toString());
        Command create = create(
                "-v", version, "--compressor", compressor, "-B", cacheBoot, "--blob-cache-dir", cache.toString());

        assertThat(create.err()).isEmpty();
        assertThat(Path.of(cacheBoot)).hasSameBinaryContentAs(Path.of(blobBoot));
        String id = String.valueOf(onlyFile(blobs).getFileName());
        assertThat(cache.resolve(id + ".blob.data")).hasSize(size);
        String data = Files.readString(cache.resolve(id + ".blob.data"));
        assertThat(data).startsWith("content");
        if (version.equals("6")) {
            assertThat(data.substring(4096)).startsWith("more");
            assertThat(cache.resolve(id + ".blob.meta")).hasSize(4096 + 4096);
        }
        assertThat(namesIn(cache)).hasSize(version.equals("6") ? 2 : 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--blob", "--blob-dir", "--blob-inline-meta", "--type=tar-tarfs"})
    void aReadyCacheDoesNotGoWithAnotherPlaceForTheBlob(String option) throws IOException {
        List<String> options = new ArrayList<>(List.of("--blob-cache-dir", blobs.toString(), option));
        if (option.equals("--blob-dir")) {
            options.add(directory.toString());
        }
        if (option.equals("--blob")) {
            options.add(directory.resolve("blob").toString());
        }
        if (!option.equals("--blob-inline-meta")) {
            options.addAll(List.of("-B", directory.resolve("boot").toString()));
        }

        Command create = create(options.toArray(String[]::new));

        assertThat(create.exitCode()).isEqualTo(2);
        assertThat(create.err()).contains("--blob-cache-dir does not go with " + option.replace('=', ' '));
        assertThat(blobs).isEmptyDirectory();
    }

    @Test
    void aBootstrapWithoutNameIsNamedAfterItsDigest() throws IOException {
        Files.delete(tree.resolve("file"));

        assertThat(create("-D", blobs.toString()).exitCode()).isZero();

        Path bootstrap = onlyFile(blobs);
        assertThat(bootstrap.getFileName()).hasToString(sha256(bootstrap));
        assertThat(Bootstrap.load(bootstrap).blobs()).isEmpty();
    }

    @Test
    void whiteoutsOfTheFirstLayerAreLeftOutOrKept() throws IOException {
        String bootstrap = directory.resolve("boot").toString();

        create("-D", blobs.toString(), "-B", bootstrap);
        assertThat(Bootstrap.load(Path.of(bootstrap)).nameCount()).isEqualTo(3);

        create("-D", blobs.toString(), "-B", bootstrap, "--whiteout-spec", "none");
        assertThat(Bootstrap.load(Path.of(bootstrap)).nameCount()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({"5, ''", "6, ''", "6, --features=blob-toc"})
    void aLayerHoldsItsOwnBootstrap(String version, String features) throws IOException {
        Path layer = directory.resolve("layer");
        List<String> options =
                new ArrayList<>(List.of("-v", version, "--blob-inline-meta", "--blob", layer.toString()));
        if (!features.isEmpty()) {
            options.add(features);
        }

        assertThat(create(options.toArray(String[]::new)).exitCode()).isZero();

        assertThat(Command.run("check", "-D", directory.toString(), layer.toString())
                        .err())
                .isEmpty();
    }

    @Test
    void aBlobCanHaveAnotherName() throws IOException {
        Path bootstrap = directory.resolve("boot");

        create("-D", blobs.toString(), "-B", bootstrap.toString(), "--blob-id", "mine");

        assertThat(onlyFile(blobs)).hasFileName("mine");
        assertThat(Bootstrap.load(bootstrap).blobs())
                .singleElement()
                .satisfies(blob -> assertThat(blob.id()).isEqualTo("mine"));
    }

    @Test
    void aTarIsASource() throws IOException {
        Path bootstrap = directory.resolve("boot");
        Path tar = directory.resolve("tree.tar");
        create("-D", blobs.toString(), "-B", bootstrap.toString(), "--whiteout-spec", "none");
        Command.run("unpack", bootstrap.toString(), "-D", blobs.toString(), "--output", tar.toString());

        Command create = Command.run(
                "create", "-t", "tar-rafs", "-D", blobs.toString(), "-B", bootstrap.toString(), tar.toString());

        assertThat(create.err()).isEmpty();
        assertThat(create.exitCode()).isZero();
        assertThat(Command.run("check", "-D", blobs.toString(), bootstrap.toString())
                        .err())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--type=estargz-rafs",
                "--encrypt",
                "--compressor=gzip",
                "--digester=md5",
                "--fs-version=4",
                "--chunk-size=1000",
                "--chunk-size=x",
                "--batch-size=0x3000",
                "--batch-size=0x800",
                "--config=/none",
                "--features=other",
                "--whiteout-spec=aufs",
                "--prefetch-policy=all",
                "--chunk-dict=redis=x",
                "--blob-offset=5",
                "--blob-cache-dir=/tmp",
                "--attributes=x",
                "--log-level=loud",
                "--blob-inline-meta",
            })
    void whatCannotBeDoneIsRefusedByItsName(String option) throws IOException {
        Command create =
                create("-D", blobs.toString(), "-B", directory.resolve("boot").toString(), option);

        assertThat(create.exitCode()).isEqualTo(2);
        assertThat(create.err()).contains(option.split("=")[0]);
        assertThat(blobs).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "none/boot", "blobs"})
    void whereTheBootstrapCannotGoNothingIsBuilt(String name) throws IOException {
        Command create = create(
                "-D",
                blobs.toString(),
                "-B",
                name.isEmpty() ? "" : directory.resolve(name).toString());

        assertThat(create.exitCode()).isEqualTo(2);
        assertThat(create.err()).contains("--bootstrap");
        assertThat(blobs).isEmptyDirectory();
    }

    @Test
    void aDirectoryIsNoBootstrap() {
        Command check = Command.run("check", blobs.toString());

        assertThat(check.exitCode()).isEqualTo(1);
        assertThat(check.err()).contains(blobs + ": ").contains("a directory");
    }

    @Test
    void anIdentityThatIsEmptyIsNone() throws IOException {
        Path bootstrap = directory.resolve("boot");

        assertThat(create("-D", blobs.toString(), "-B", bootstrap.toString(), "--blob-id", "")
                        .exitCode())
                .isZero();
        assertThat(onlyFile(blobs)).hasFileName(sha256(onlyFile(blobs)));
    }

    @Test
    void aBlobDirectoryHasToBeThere() {
        Command create = create(
                "-D",
                directory.resolve("none").toString(),
                "-B",
                directory.resolve("boot").toString());

        assertThat(create.exitCode()).isEqualTo(2);
        assertThat(create.err()).contains("--blob-dir").contains("none");
    }

    @Test
    void nothingIsLeftOfABuildThatFails() throws IOException {
        Path tar = Files.write(directory.resolve("bad.tar"), new byte[700]);
        byte[] bytes = Files.readAllBytes(tar);
        bytes[0] = 'a';
        Files.write(tar, bytes);
        Path bootstrap = directory.resolve("boot");

        Command create = Command.run(
                "create", "-t", "tar-rafs", "-D", blobs.toString(), "-B", bootstrap.toString(), tar.toString());

        assertThat(create.exitCode()).isEqualTo(1);
        assertThat(create.err()).contains(tar + ": layer tar").contains("at byte 0");
        assertThat(blobs).isEmptyDirectory();
        assertThat(bootstrap).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "gzip, 0, 20000, the compressed data ends too early",
        "gzip, 0, 5, the compressed data ends too early",
        "gzip, 100, 0, the compressed data is damaged",
        "gzip, 3000, 0, the compressed data is damaged",
        "zstd, 0, 20000, the compressed data",
        "zstd, 4, 0, the compressed data is damaged",
    })
    void aDamagedTarIsNamedWithThePlace(String compression, int damaged, int length, String problem) throws Exception {
        byte[] content = new byte[100_000];
        new Random(1).nextBytes(content);
        Files.write(tree.resolve("file"), content);
        Path tar = directory.resolve("tree.tar");
        Path bootstrap = directory.resolve("boot");
        create("-D", directory.toString(), "-B", bootstrap.toString());
        Command.run("unpack", bootstrap.toString(), "-D", directory.toString(), "--output", tar.toString());
        byte[] bytes = compression.equals("gzip") ? gzip(tar) : Zstd.compress(Files.readAllBytes(tar));
        for (int i = damaged; damaged > 0 && i < damaged + 100; i++) {
            bytes[i] ^= 0x55;
        }
        Files.write(tar, length > 0 ? Arrays.copyOf(bytes, length) : bytes);

        Command create = Command.run("create", "-t", "tar-rafs", "-D", blobs.toString(), tar.toString());

        assertThat(create.exitCode()).isEqualTo(1);
        assertThat(create.err())
                .startsWith("nydus-image create: " + tar + ": " + problem)
                .containsPattern("after \\d+ bytes of the tar");
        assertThat(blobs).isEmptyDirectory();
    }

    private static byte[] gzip(Path tar) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            Files.copy(tar, gzip);
        }
        return bytes.toByteArray();
    }

    @Test
    void oneFileIsNotWrittenTwice() {
        String file = directory.resolve("both").toString();

        Command create = create("-B", file, "-b", directory + "/tree/../both");

        assertThat(create.exitCode()).isEqualTo(2);
        assertThat(create.err())
                .contains("--blob and --bootstrap are the same file")
                .contains(file);
        assertThat(Path.of(file)).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"--blob, --compressor=none", "--bootstrap, --blob-id=b"})
    void theSourceIsNotReplaced(String output, String other) throws IOException {
        Path tar = Files.writeString(directory.resolve("tar"), "source");

        Command create = Command.run(
                "create", "-t", "tar-rafs", "-D", directory.toString(), output, tar.toString(), other, tar.toString());

        assertThat(create.exitCode()).isEqualTo(2);
        assertThat(create.err()).contains("the source and " + output + " are the same file");
        assertThat(tar).hasContent("source");
    }

    @Test
    void aSourceWithTheNameThatTheBlobGetsIsNotReplaced() throws IOException {
        Path tar = Files.writeString(directory.resolve("tar"), "source");

        Command create =
                Command.run("create", "-t", "tar-rafs", "-D", directory.toString(), "--blob-id", "tar", tar.toString());

        assertThat(create.exitCode()).isEqualTo(2);
        assertThat(tar).hasContent("source");
    }

    @Test
    void theBlobIsNoFileOfItsOwnSource() throws IOException {
        Path bootstrap = directory.resolve("boot");

        Command create = create("-D", tree.toString(), "-B", bootstrap.toString());

        assertThat(create.err()).isEmpty();
        assertThat(Bootstrap.load(bootstrap).nameCount()).isEqualTo(3);
    }

    @Test
    void aParentOfAnotherKindIsRefused() {
        Path parent = Command.golden("v6-opt-chunk64k/base.boot");

        Command create = create(
                "-D",
                blobs.toString(),
                "-B",
                directory.resolve("boot").toString(),
                "--parent-bootstrap",
                parent.toString());

        assertThat(create.exitCode()).isEqualTo(1);
        assertThat(create.err()).contains(parent.toString()).contains("65536").contains("1048576");
    }

    private static Path onlyFile(Path directory) throws IOException {
        List<String> all = namesIn(directory);
        assertThat(all).hasSize(1);
        return directory.resolve(all.getFirst());
    }

    private static List<String> namesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
