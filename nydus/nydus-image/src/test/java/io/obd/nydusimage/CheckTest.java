package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "v5-lz4_block/base.boot",
        "v5-layered/l3.boot",
        "v5-merge/merged.boot",
        "v5-none/base.boot",
        "v5-opt-prefetch-aligned/base.boot",
        "v5-zstd/base.boot",
        "v6-chunkdict/l2.boot",
        "v6-layered/l3.boot",
        "v6-lz4_block/base.boot",
        "v6-merge/merged.boot",
        "v6-none/base.boot",
        "v6-opt-batch/base.boot",
        "v6-opt-chunk64k/base.boot",
        "v6-opt-prefetch/base.boot",
        "v6-opt-repeatable/base.boot",
        "v6-overlayfs/l2.boot",
        "v6-tarfs/layer2.boot",
        "v6-targzref/base.boot",
        "v6-zstd/base.boot",
    })
    void everythingIsListedAsTheOriginalListsIt(String image) throws IOException {
        Path bootstrap = Command.golden(image);
        Command check =
                Command.run("check", "-v", "--blob-dir", Command.golden("blobs").toString(), bootstrap.toString());

        assertThat(check.err()).isEmpty();
        assertThat(check.exitCode()).isZero();
        assertThat(check.out().lines().toList())
                .containsExactlyElementsOf(listing(bootstrap.resolveSibling("check.txt.gz"))
                        .lines()
                        .toList());
    }

    private static String listing(Path file) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void theSummaryHasWhatThatOfTheOriginalHas() throws IOException {
        Path summary = directory.resolve("summary.json");
        Path bootstrap = Command.golden("v6-merge/merged.boot");

        assertThat(Command.run("check", "-B", bootstrap.toString(), "-J", summary.toString())
                        .exitCode())
                .isZero();

        ObjectMapper mapper = new ObjectMapper();
        JsonNode ours = mapper.readTree(summary.toFile());
        JsonNode theirs = mapper.readTree(bootstrap.resolveSibling("check.json").toFile());
        assertThat(ours.fieldNames()).toIterable().containsExactlyElementsOf(() -> theirs.fieldNames());
        for (String field :
                new String[] {"blobs", "external_bootstrap", "external_blobs", "fs_version", "compressor"}) {
            assertThat(ours.get(field)).as(field).isEqualTo(theirs.get(field));
        }
    }

    @Test
    void aDamagedBootstrapIsNamedWithTheByteAndTheRule() throws IOException {
        byte[] bytes = Files.readAllBytes(Command.golden("v6-none/base.boot"));
        bytes[1104] = 13;
        Path damaged = Files.write(directory.resolve("damaged.boot"), bytes);

        Command check = Command.run("check", damaged.toString());

        assertThat(check.exitCode()).isEqualTo(1);
        assertThat(check.out()).isEmpty();
        assertThat(check.err())
                .isEqualToIgnoringNewLines("nydus-image check: " + damaged + ": at byte 1104: features 0xd, not 0xc");
    }

    @Test
    void aDamagedBlobIsFoundIfItIsLookedAt() throws IOException {
        Path bootstrap = Command.golden("v6-none/base.boot");
        String id = "28c9e2c4d5d418365d4fc70febf590896ada0a73e0c46d5a0696d1c89bfe5c0b";
        byte[] blob = Files.readAllBytes(Command.golden("blobs/" + id));
        blob[500_000] ^= 1;
        Files.write(directory.resolve(id), blob);

        Command check = Command.run("check", "-D", directory.toString(), bootstrap.toString());

        assertThat(check.exitCode()).isEqualTo(1);
        assertThat(check.err()).contains(id).contains("CRC-32C");
        assertThat(Command.run("check", bootstrap.toString()).exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'device':{'backend':{'type':'localfs','config':{'dir':'BLOBS'}}},'mode':'direct'}",
                "{'version':2,'backend':{'type':'localfs','localfs':{'dir':'/nowhere','alt_dirs':['BLOBS']}}}",
                "{'version':2,'backend':{'type':'localfs','localfs':{'blob_file':'BLOBS/"
                        + "28c9e2c4d5d418365d4fc70febf590896ada0a73e0c46d5a0696d1c89bfe5c0b'}}}",
                "version = 2\n[backend]\ntype = 'localfs'\n[backend.localfs]\ndir = 'BLOBS'",
            })
    void aConfigurationSaysWhereTheBlobsAre(String text) throws IOException {
        Path config = Files.writeString(
                directory.resolve("nydusd.json"),
                text.replace('\'', '"').replace("BLOBS", Command.golden("blobs").toString()));

        Command check = Command.run(
                "check",
                "-C",
                config.toString(),
                Command.golden("v6-none/base.boot").toString());

        assertThat(check.exitCode()).as(check.err()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"version\":2,\"backend\":{\"type\":\"oss\"}}', backend.type is \"oss\"",
        "'{\"version\":2,\"backend\":{\"type\":\"localfs\"}}', backend.localfs.dir is missing",
        "backend: localfs, is neither JSON nor TOML",
    })
    void aConfigurationThatCannotBeUsedIsNamed(String text, String reason) throws IOException {
        Path config = Files.writeString(directory.resolve("nydusd.json"), text);

        Command check = Command.run(
                "check",
                "-C",
                config.toString(),
                Command.golden("v6-none/base.boot").toString());

        assertThat(check.exitCode()).isEqualTo(1);
        assertThat(check.err())
                .startsWith("nydus-image check: " + config + ": ")
                .contains(reason);
    }

    @Test
    void wrongUseEndsWith2() {
        assertThat(Command.run("check", "a", "-C", "b", "-D", "c").exitCode()).isEqualTo(2);
        assertThat(Command.run("check").exitCode()).isEqualTo(2);
        assertThat(Command.run().exitCode()).isEqualTo(2);
        assertThat(Command.run("check", "a", "-B", "b").exitCode()).isEqualTo(2);
        assertThat(Command.run("no-such-command").exitCode()).isEqualTo(2);
    }

    @Test
    void aBootstrapThatIsNotThereIsNamed() {
        Command check = Command.run("check", directory.resolve("none").toString());

        assertThat(check.exitCode()).isEqualTo(1);
        assertThat(check.err()).contains("none: no such file");
    }
}
