package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.lsmt.LayeredImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The disk that refers to a tar is, byte by byte, the one that the tar was unpacked into. */
class TurboOciApplyTest {
    private static final ToolRun DONE = new ToolRun(0, "turboOCI-apply done\n", "");

    @TempDir
    private Path dir;

    private final List<Lower> lowers = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void layersOnTopOfEachOtherAreTheUnpackedOnes(boolean compressed) throws Exception {
        List<Path> tars = List.of(Golden.tar("A.tar"), Golden.tar("B.tar"), Golden.tar("C.tar"));
        for (Path tar : tars) {
            build(compressed ? gzip(tar) : tar);
        }

        assertIsUnpacked(tars);
    }

    @ParameterizedTest
    @ValueSource(strings = {"q-hardlink-before.tar", "q-name-255.tar", "q-big-uid.tar", "q-no-eof-blocks.tar"})
    void oddEntriesAreTheUnpackedOnes(String name) throws Exception {
        build(Golden.tar(name));

        assertIsUnpacked(List.of(Golden.tar(name)));
    }

    /** Some programs write such tars. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLastBlockOfATarNeedNotBeFilledUp(boolean compressed) throws Exception {
        Path files = Files.createDirectory(dir.resolve("files"));
        Files.writeString(files.resolve("last"), "x".repeat(5000));
        Path tar = dir.resolve("short.tar");
        Shell.run("tar", "-C", files, "-cf", tar, "last");
        try (FileChannel channel = FileChannel.open(tar, StandardOpenOption.WRITE)) {
            channel.truncate(512 + 5000);
        }
        build(compressed ? gzip(tar) : tar);

        assertIsUnpacked(List.of(tar));
    }

    /** Pieces begin where the blocks of a host's file system do, or with format 1.0 anywhere. */
    @ParameterizedTest
    @ValueSource(strings = {"--format=gnu", "--format=posix", "--format=posix --sparse-version=0.0"})
    void sparseFilesAreTheUnpackedOnes(String format) throws Exception {
        Path files = Files.createDirectory(dir.resolve("files"));
        try (FileChannel file =
                FileChannel.open(files.resolve("sparse"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at : new long[] {0, 8192, 1 << 20, (5 << 20) + 1000}) {
                file.write(ByteBuffer.wrap(("data at " + at).repeat(700).getBytes(StandardCharsets.US_ASCII)), at);
            }
        }
        Files.writeString(files.resolve("tail"), "x".repeat(5000));
        Path tar = dir.resolve("sparse.tar");
        List<String> command = new ArrayList<>(List.of("tar", "-S", "-C", files.toString(), "-cf", tar.toString()));
        command.addAll(List.of(format.split(" ")));
        command.add(".");
        Shell.run(command.toArray());
        build(tar);

        assertIsUnpacked(List.of(tar));
    }

    @Test
    void theMetadataDoesNotDependOnCompression() throws Exception {
        Path gzip = Golden.blocks("turbooci/T.tar.gz");
        Path tar = dir.resolve("T.tar");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(gzip))) {
            Files.copy(in, tar);
        }
        build(gzip);
        assertIsUnpacked(List.of(tar));
        Lower first = lowers.removeFirst();
        build(tar);

        assertThat(Path.of(lowers.getFirst().file())).hasSameBinaryContentAs(Path.of(first.file()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theHeadersAreThoseThatTheOriginalExports(boolean compressed) throws Exception {
        Path headers = dir.resolve("headers");
        Path tar = compressed ? Golden.blocks("turbooci/T.tar.gz") : unpackedT();

        assertThat(ToolRun.named("turboOCI-apply", tar, headers, "--export")).isEqualTo(DONE);
        assertThat(headers).hasSameBinaryContentAs(Golden.blocks("turbooci/T.tar.meta"));
    }

    @Test
    void theHeadersGiveTheMetadataOfTheTar() throws Exception {
        Path tar = unpackedT();
        build(tar);
        Lower direct = lowers.removeFirst();
        Path config = create(0, tar);

        assertThat(ToolRun.named("turboOCI-apply", Golden.blocks("turbooci/T.tar.meta"), config, "--import"))
                .isEqualTo(DONE);
        Path metadata = dir.resolve("imported.fs.meta");
        ToolRun.of("commit", "-z", "--turboOCI", dir.resolve("0.data"), dir.resolve("0.index"), metadata)
                .orFail();
        assertThat(metadata).hasSameBinaryContentAs(Path.of(direct.file()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"A.tar", "q-hardlink-before.tar", "q-name-255.tar", "q-big-uid.tar"})
    void exportedHeadersOfOddLayersCanBeImported(String name) throws Exception {
        Path headers = dir.resolve("headers");
        ToolRun.named("turboOCI-apply", Golden.tar(name), headers, "--export").orFail();
        for (boolean imported : new boolean[] {false, true}) {
            Path config = create(0, Golden.tar(name));
            ToolRun run = imported
                    ? ToolRun.named("turboOCI-apply", headers, config, "--import")
                    : ToolRun.named("turboOCI-apply", Golden.tar(name), config);
            assertThat(run).isEqualTo(DONE);
            Path out = dir.resolve("imported-" + imported);
            ToolRun.of("commit", "-z", "--turboOCI", dir.resolve("0.data"), dir.resolve("0.index"), out)
                    .orFail();
        }

        assertThat(dir.resolve("imported-true")).hasSameBinaryContentAs(dir.resolve("imported-false"));
    }

    @Test
    void dataThatIsNotWithTheHeadersIsNotMadeUp() throws Exception {
        Path files = Files.createDirectory(dir.resolve("files"));
        try (FileChannel file =
                FileChannel.open(files.resolve("sparse"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1}), 1 << 20);
        }
        Path tar = dir.resolve("sparse.tar");
        Shell.run("tar", "-S", "--format=posix", "-C", files.toString(), "-cf", tar.toString(), ".");
        Path headers = dir.resolve("headers");
        ToolRun.named("turboOCI-apply", tar, headers, "--export").orFail();

        ToolRun run = ToolRun.named("turboOCI-apply", headers, create(0, tar), "--import");

        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains("the pieces of the sparse file are listed in its data, which is not here");
    }

    private Path unpackedT() throws IOException {
        Path tar = dir.resolve("unpacked-T.tar");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(Golden.blocks("turbooci/T.tar.gz")))) {
            Files.copy(in, tar);
        }
        return tar;
    }

    @Test
    void whatCannotBeReferredToIsRefused() throws IOException {
        Path config = create(0, Golden.tar("A.tar"));
        Path zstd = dir.resolve("zstd");
        Files.write(zstd, new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0});

        ToolRun run = ToolRun.named("turboOCI-apply", zstd, config);

        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains("data in a zstd layer cannot be referred to");
    }

    @Test
    void anOrdinaryLayerIsNoneToReferFrom() throws IOException {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        ToolRun.of("create", data, index, 1, "--mkfs").orFail();
        Path config = Disks.config(dir.resolve("config.v1.json"), List.of(), data, index);

        ToolRun run = ToolRun.named("turboOCI-apply", Golden.tar("A.tar"), config);

        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains("only a TurboOCI layer can refer to the original layer");
    }

    private Path create(int layer, Path blob) throws IOException {
        Path data = dir.resolve(layer + ".data");
        Path index = dir.resolve(layer + ".index");
        Files.deleteIfExists(data);
        Files.deleteIfExists(index);
        ToolRun.of("create", data, index, 1, "--turboOCI", layer == 0 ? "--mkfs" : "--mkfs=false")
                .orFail();
        Path config = dir.resolve(layer + ".json");
        new ImageConfig("", lowers, "")
                .withUpper(new Upper(index.toString(), data.toString(), blob.toString(), "", 0))
                .write(config);
        return config;
    }

    /** Adds a layer, as the convertor does with these tools. */
    private void build(Path blob) throws IOException {
        int layer = lowers.size();
        Path config = create(layer, blob);
        Path gzipIndex = dir.resolve(layer + ".gzip.meta");
        assertThat(ToolRun.named("turboOCI-apply", blob, config, "--gz_index_path", gzipIndex))
                .isEqualTo(DONE);
        Path metadata = Files.createTempDirectory(dir, "layer").resolve("ext4.fs.meta");
        ToolRun.of("commit", "-z", "--turboOCI", dir.resolve(layer + ".data"), dir.resolve(layer + ".index"), metadata)
                .orFail();
        String usedIndex = Files.exists(gzipIndex) ? gzipIndex.toString() : "";
        lowers.add(new Lower(metadata.toString(), "", "", 0, blob.toString(), "", usedIndex));
    }

    private void assertIsUnpacked(List<Path> tars) throws Exception {
        Path raw = dir.resolve("raw");
        ToolRun.of("create", raw, dir.resolve("raw-index"), 1, "--raw", "--mkfs")
                .orFail();
        for (Path tar : tars) {
            ToolRun.of("apply", "--raw", tar, raw).orFail();
        }
        assertThat(Shell.run("e2fsck", "-f", "-n", raw)).contains("Pass 5");
        Path config = dir.resolve("image.json");
        new ImageConfig("", lowers, "").write(config);
        try (LayeredImage image = Disks.open(config)) {
            Disks.assertSame(image, raw);
        }
    }

    private Path gzip(Path tar) throws IOException {
        Path gzip = dir.resolve(tar.getFileName() + ".gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzip))) {
            Files.copy(tar, out);
        }
        return gzip;
    }
}
