package io.obd.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStream;
import com.sun.net.httpserver.HttpServer;
import io.obd.image.ImageConfig.Lower;
import io.obd.lsmt.LayeredImage;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApplyTest {
    private static final ToolRun DONE = new ToolRun(0, "overlaybd-apply done\n", "");
    private static final Path A = Golden.tar("A.tar");
    private static final Path B = Golden.tar("B.tar");

    @TempDir
    private Path dir;

    private Path data;
    private Path index;
    private Path config;
    private Path raw;

    @BeforeEach
    void names() throws IOException {
        data = dir.resolve("data");
        index = dir.resolve("index");
        raw = dir.resolve("raw");
        config = Disks.config(dir.resolve("config.v1.json"), List.of(), data, index);
    }

    private void create() {
        ToolRun.of("create", data, index, 1).orFail();
    }

    private void createRaw() {
        ToolRun.of("create", raw, dir.resolve("raw-index"), 1, "--raw", "--mkfs")
                .orFail();
    }

    @Test
    void anImageBecomesWhatARawDiskBecomes() throws Exception {
        ToolRun.of("create", raw, dir.resolve("raw-index"), 1, "--raw").orFail();
        create();

        assertThat(ToolRun.of("apply", "--raw", "--mkfs", A, raw)).isEqualTo(DONE);
        assertThat(ToolRun.of("apply", A, config, "--mkfs")).isEqualTo(DONE);

        assertThat(Shell.run("e2fsck", "-f", "-n", raw)).contains("Pass 5");
        assertSameDisks();
    }

    @Test
    void aSecondLayerGoesOnTopOfTheFirst() throws Exception {
        createRaw();
        ToolRun.of("create", data, index, 1, "--mkfs").orFail();
        Path lower = dir.resolve("lower");
        Path upperData = dir.resolve("upper-data");
        Path upperIndex = dir.resolve("upper-index");

        ToolRun.of("apply", A, config).orFail();
        ToolRun.of("commit", "-z", "-t", data, index, lower).orFail();
        ToolRun.of("create", upperData, upperIndex, 0).orFail();
        Disks.config(config, List.of(lower), upperData, upperIndex);
        assertThat(ToolRun.of("apply", B, config, "--checksum", digest(B))).isEqualTo(DONE);
        ToolRun.of("apply", "--raw", A, raw).orFail();
        ToolRun.of("apply", "--raw=true", B, raw).orFail();

        assertSameDisks();
    }

    @Test
    void aLayerInARegistryIsRead() throws Exception {
        createRaw();
        ToolRun.of("create", data, index, 1, "--mkfs").orFail();
        ToolRun.of("apply", A, config).orFail();
        Path lower = dir.resolve("lower");
        ToolRun.of("commit", "-z", "-t", data, index, lower).orFail();
        Path upperData = dir.resolve("upper-data");
        Path upperIndex = dir.resolve("upper-index");
        ToolRun.of("create", upperData, upperIndex, 0).orFail();
        Lower remote = Lower.remote(digest(lower).toString(), Files.size(lower), "");

        HttpServer registry = serve(Files.readAllBytes(lower));
        try {
            Disks.config(blobs(registry), List.of(remote), upperData, upperIndex)
                    .write(config);
            assertThat(ToolRun.of("apply", B, config)).isEqualTo(DONE);
        } finally {
            registry.stop(0);
        }

        ToolRun.of("apply", "--raw", A, raw).orFail();
        ToolRun.of("apply", "--raw", B, raw).orFail();
        Disks.config(config, List.of(lower), upperData, upperIndex);
        assertSameDisks();
    }

    @Test
    void compressedTarsAreRecognized() throws Exception {
        byte[] tar = Files.readAllBytes(A);
        Path gzip = dir.resolve("A.tar.gz");
        try (OutputStream file = Files.newOutputStream(gzip)) {
            for (int half = 0; half < 2; half++) {
                GZIPOutputStream member = new GZIPOutputStream(file);
                member.write(tar, half * 512 * 700, half == 0 ? 512 * 700 : tar.length - 512 * 700);
                member.finish();
            }
        }
        Path zstd = dir.resolve("A.tar.zst");
        try (OutputStream out = new ZstdOutputStream(Files.newOutputStream(zstd))) {
            out.write(tar);
        }
        for (Path input : List.of(gzip, zstd)) {
            Path other = dir.resolve(input.getFileName() + ".raw");
            ToolRun.of("create", other, dir.resolve(input.getFileName() + ".index"), 1, "--raw")
                    .orFail();

            assertThat(ToolRun.of("apply", "--raw", "--mkfs", input, other, "--checksum", digest(A)))
                    .isEqualTo(DONE);
        }
        assertThat(Files.mismatch(dir.resolve("A.tar.gz.raw"), dir.resolve("A.tar.zst.raw")))
                .isNegative();
    }

    @Test
    void aFifoIsReadToItsEnd() throws Exception {
        createRaw();
        Path fifo = dir.resolve("fifo");
        Shell.run("mkfifo", fifo);
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> Shell.run("dd", "if=" + A, "of=" + fifo));

        assertThat(ToolRun.of("apply", "--raw", fifo, raw, "--checksum", digest(A)))
                .isEqualTo(DONE);
        writer.join();
    }

    @Test
    void aWrongChecksumIsReportedAndTheFileSystemIsAsItWas() throws Exception {
        createRaw();
        String wrong = "sha256:" + "0".repeat(64);

        assertThat(ToolRun.of("apply", "--raw", A, raw, "--checksum", wrong))
                .isEqualTo(new ToolRun(
                        255, "", "sha256 checksum mismatch, expect: " + wrong + ", got: " + digest(A) + "\n"));
        assertThat(Shell.run("e2fsck", "-f", "-n", raw)).contains("11/65536 files");
    }

    @ParameterizedTest
    @CsvSource({
        "q-bad-header-sum, checksum",
        "q-garbage, damaged header",
        "q-hardlink-missing, the target nope of the hard link is nowhere",
        "q-name-256, a name of 256 bytes",
        "q-truncated, usr/bin/f65536",
    })
    void aBadTarIsRefusedByNameAndPlace(String tar, String reason) {
        createRaw();

        ToolRun run = ToolRun.of("apply", "--raw", Golden.tar(tar + ".tar"), raw);

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).startsWith("layer tar: ").contains("at byte", reason);
        assertThat(Shell.run("e2fsck", "-f", "-n", raw)).contains("11/65536 files");
    }

    @Test
    void aDeviceWithoutFileSystemIsRefused() {
        create();

        ToolRun run = ToolRun.of("apply", A, config);

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("Bad magic number in super-block", "--mkfs");
    }

    @Test
    void aDeviceThatHoldsDataIsNotFormatted() {
        createRaw();

        assertThat(ToolRun.of("apply", "--raw", "--mkfs", A, raw))
                .isEqualTo(new ToolRun(255, "", raw + ": --mkfs needs an empty device, this one holds data already\n"));
    }

    @Test
    void anImageWithoutWritableLayerIsRefused() throws Exception {
        Files.writeString(config, "{\"lowers\":[]}");

        assertThat(ToolRun.of("apply", A, config).err())
                .isEqualTo(config + ": upper.data and upper.index are not set, nothing can be written\n");
    }

    @Test
    void aServiceConfigurationThatWasNamedMustBeThere() {
        create();
        Path missing = dir.resolve("missing.json");

        assertThat(ToolRun.of("apply", "--mkfs", A, config, "--service_config_path", missing))
                .isEqualTo(new ToolRun(
                        105,
                        "",
                        "--service_config_path: File does not exist: " + missing
                                + "\nRun with --help for more information.\n"));
    }

    @Test
    void whatIsNotBuiltIsRefusedByName() {
        assertThat(ToolRun.of("apply", A, config, "--gz_index_path", "x").err()).startsWith("--gz_index_path: ");
        assertThat(ToolRun.of("apply", A, config, "--from_qcow2").err()).startsWith("--from_qcow2: ");
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThat(ToolRun.of("apply", A).exitCode()).isEqualTo(106);
        assertThat(ToolRun.of("apply", dir.resolve("none"), config).exitCode()).isEqualTo(105);
        assertThat(ToolRun.of("apply", A, dir.resolve("none")).exitCode()).isEqualTo(105);
        assertThat(ToolRun.of("apply", A, config, "--checksum", "md5:12").exitCode())
                .isEqualTo(105);
        assertThat(ToolRun.of("apply", A, config, "more").exitCode()).isEqualTo(109);
    }

    private void assertSameDisks() throws IOException {
        try (LayeredImage image = Disks.open(config)) {
            Disks.assertSame(image, raw);
        }
    }

    private static Digest digest(Path file) throws IOException {
        return Digest.sha256(Files.readAllBytes(file));
    }

    private static String blobs(HttpServer registry) {
        return "http://localhost:" + registry.getAddress().getPort() + "/v2/image/blobs";
    }

    private static HttpServer serve(byte[] blob) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v2/image/blobs/", exchange -> {
            String[] range = exchange.getRequestHeaders()
                    .getFirst("Range")
                    .substring("bytes=".length())
                    .split("-");
            int from = Integer.parseInt(range[0]);
            int to = Math.min(Integer.parseInt(range[1]), blob.length - 1);
            exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + to + "/" + blob.length);
            exchange.sendResponseHeaders(206, to - from + 1);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(blob, from, to - from + 1);
            }
        });
        server.start();
        return server;
    }
}
