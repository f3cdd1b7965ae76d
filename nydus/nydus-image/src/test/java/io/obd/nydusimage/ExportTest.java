package io.obd.nydusimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.FileBlob;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.DiskLayout;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportTest {
    private static final int PAGE = 4096;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "v6-zstd/base.boot, 1",
        "v6-layered/l3.boot, 4",
        "v6-opt-batch/base.boot, 3",
        "v6-targzref/base.boot, 2",
        "v6-tarfs/layer2.boot, 1",
    })
    void theDiskHasTheBootstrapAndAllChunksAtTheirPlaces(String name, int threads) throws IOException {
        Path bootstrap = Command.golden(name);
        Path disk = directory.resolve("disk");

        Command export = export(bootstrap, "-O", disk.toString(), "--threads", String.valueOf(threads));

        assertThat(export.exitCode()).as(export.err()).isZero();
        byte[] content = Files.readAllBytes(disk);
        byte[] head = Files.readAllBytes(bootstrap);
        assertThat(Arrays.copyOf(content, head.length)).isEqualTo(head);
        Bootstrap image = Bootstrap.load(bootstrap);
        DiskLayout layout;
        try (FileBlob file = FileBlob.open(bootstrap)) {
            layout = DiskLayout.read(file, image);
        }
        assertThat(content).hasSize(Math.toIntExact(layout.size()));
        try (ChunkReader chunks = new ChunkReader(image, new BlobDirectory(List.of(Command.golden("blobs"))), true)) {
            for (Chunk chunk : image.chunks()) {
                ByteBuffer expected = ByteBuffer.allocate(chunk.uncompressedSize());
                chunks.read(chunk, expected);
                int at = Math.toIntExact(layout.blobs().get(chunk.blob()) + chunk.uncompressedOffset());
                assertThat(Arrays.copyOfRange(content, at, at + chunk.uncompressedSize()))
                        .isEqualTo(expected.array());
            }
        }
    }

    @Test
    void aConfigurationSaysWhereTheBlobsAre() throws IOException {
        Path bootstrap = Files.copy(Command.golden("v6-zstd/base.boot"), directory.resolve("base.boot"));
        Path disk = directory.resolve("disk");
        Path config = Files.writeString(
                directory.resolve("config.json"),
                "{\"device\":{\"backend\":{\"type\":\"localfs\",\"config\":{\"dir\":\"" + Command.golden("blobs")
                        + "\"}}},\"mode\":\"direct\"}");
        assertThat(export(bootstrap, "-O", disk.toString()).exitCode()).isZero();

        Command export = Command.run("export", "--block", "-B", bootstrap.toString(), "--config", config.toString());

        assertThat(export.exitCode()).as(export.err()).isZero();
        assertThat(directory.resolve("base.boot.disk")).hasSameBinaryContentAs(disk);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'config_v2':{'version':2,'backend':{'type':'localfs','localfs':{'dir':'BLOBS'}},'metadata_path':'BOOT'}",
                "'config':{'backend_type':'localfs','backend_config':{'dir':'BLOBS'},'metadata_path':'BOOT'}",
            })
    void aCacheEntrySaysWhereBootstrapAndBlobsAre(String config) throws IOException {
        Path bootstrap = Files.copy(Command.golden("v6-zstd/base.boot"), directory.resolve("base.boot"));
        Path disk = directory.resolve("disk");
        Path entry = Files.writeString(
                directory.resolve("entry.json"),
                ("{'type':'bootstrap','id':'disk','domain_id':'d'," + config + "}")
                        .replace('\'', '"')
                        .replace("BLOBS", Command.golden("blobs").toString())
                        .replace("BOOT", bootstrap.toString()));
        assertThat(export(bootstrap, "-O", disk.toString()).exitCode()).isZero();

        Command export = Command.run("export", "--block", "-C", entry.toString());

        assertThat(export.exitCode()).as(export.err()).isZero();
        assertThat(directory.resolve("base.boot.disk")).hasSameBinaryContentAs(disk);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "{'type':'datablob'}, 1, not 'bootstrap'",
                "{'type':'bootstrap'}, 1, metadata_path is missing",
                "{}, 2, --bootstrap is missing",
            })
    void anEntryThatCannotBeUsedIsNamed(String text, int code, String reason) throws IOException {
        Path entry = Files.writeString(directory.resolve("entry.json"), text.replace('\'', '"'));

        Command export = Command.run("export", "--block", "-C", entry.toString());

        assertThat(export.exitCode()).isEqualTo(code);
        assertThat(export.err()).contains(reason);
    }

    @Test
    void theHashTreeIsThatOfDmVerity() throws IOException {
        Path disk = directory.resolve("disk");

        String options = export(Command.golden("v6-zstd/base.boot"), "-O", disk.toString(), "--verity")
                .out()
                .strip();

        byte[] content = Files.readAllBytes(disk);
        int blocks = number(options, "--data-blocks ");
        int offset = number(options, "--hash-offset ");
        assertThat(offset).isEqualTo(blocks * PAGE);
        assertThat(options)
                .contains("--data-block-size=4096 --hash-block-size=4096")
                .contains("-s \"\"");
        byte[] hashes = hashes(Arrays.copyOf(content, blocks * PAGE));
        assertThat(hashes.length).as("two levels").isBetween(PAGE + 1, 128 * PAGE);
        byte[] top = padded(hashes(padded(hashes)));
        assertThat(Arrays.copyOfRange(content, offset, content.length)).isEqualTo(concat(top, padded(hashes)));
        assertThat(options).endsWith(" " + HexFormat.of().formatHex(sha256(top)));
    }

    private static int number(String options, String name) {
        int start = options.indexOf(name) + name.length();
        return Integer.parseInt(options.substring(start, options.indexOf(' ', start)));
    }

    private static byte[] hashes(byte[] data) {
        byte[] hashes = new byte[0];
        for (int at = 0; at < data.length; at += PAGE) {
            hashes = concat(hashes, sha256(Arrays.copyOfRange(data, at, at + PAGE)));
        }
        return hashes;
    }

    private static byte[] padded(byte[] bytes) {
        return Arrays.copyOf(bytes, Math.ceilDiv(bytes.length, PAGE) * PAGE);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static byte[] sha256(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theDiskIsNamedAfterTheBootstrapIfNothingIsSaid() throws IOException {
        Path blob = Command.golden("blobs/59ba604a323a18bbd56000dfe4106a7089e49c7092d9ed5182050a96a3857c3e");
        Files.copy(blob, directory.resolve(blob.getFileName()));

        Command export = Command.run(
                "export",
                "--block",
                "-B",
                Command.golden("v6-tarfs/layer2.boot").toString(),
                "-D",
                directory.toString());

        assertThat(export.exitCode()).as(export.err()).isZero();
        assertThat(directory.resolve("layer2.boot.disk")).isRegularFile();
    }

    @Test
    void nothingIsLeftOfADiskThatCouldNotBeWritten() {
        Path disk = directory.resolve("disk");

        Command export = Command.run(
                "export",
                "--block",
                "-B",
                Command.golden("v6-zstd/base.boot").toString(),
                "-D",
                directory.toString(),
                "-O",
                disk.toString());

        assertThat(export.exitCode()).isEqualTo(1);
        assertThat(export.err()).contains("blob is in none of");
        assertThat(disk).doesNotExist();
    }

    @Test
    void whatWasThereStaysWhenADiskCannotBeWritten() throws IOException {
        Path disk = Files.writeString(directory.resolve("disk"), "of an earlier run");

        Command export = Command.run(
                "export",
                "--block",
                "-B",
                Command.golden("v6-zstd/base.boot").toString(),
                "-D",
                directory.toString(),
                "-O",
                disk.toString());

        assertThat(export.exitCode()).isEqualTo(1);
        assertThat(export.err()).contains("blob is in none of");
        assertThat(disk).hasContent("of an earlier run");
        assertThat(directory.toFile().list()).hasSize(1);
    }

    @Test
    void blobsThatOverlapAreRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(Command.golden("v6-layered/l3.boot"));
        int secondSlot = 0x580 + 128;
        Arrays.fill(bytes, secondSlot + 68, secondSlot + 72, (byte) 0);
        Path damaged = Files.write(directory.resolve("damaged.boot"), bytes);

        Command export = export(damaged, "-O", directory.resolve("disk").toString());

        assertThat(export.exitCode()).isEqualTo(1);
        assertThat(export.err()).contains("at byte " + secondSlot + ": blob ").contains("is to be at byte 0");
    }

    @Test
    void anImageOfVersion5IsNoDisk() {
        Command export = export(
                Command.golden("v5-zstd/base.boot"),
                "-O",
                directory.resolve("disk").toString());

        assertThat(export.exitCode()).isEqualTo(1);
        assertThat(export.err()).contains("only a bootstrap of version 6");
    }

    @Test
    void wrongUseEndsWith2() {
        assertThat(Command.run("export", "-B", "a", "-D", "b").exitCode()).isEqualTo(2);
        assertThat(export(Path.of("a"), "--threads", "33").exitCode()).isEqualTo(2);
    }

    private static Command export(Path bootstrap, String... more) {
        String[] arguments = {
            "export",
            "--block",
            "-B",
            bootstrap.toString(),
            "-D",
            Command.golden("blobs").toString()
        };
        String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return Command.run(all);
    }
}
