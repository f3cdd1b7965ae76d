package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.block.BlobReader;
import io.obd.fs.Ext4;
import io.obd.fs.LayerApplier;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.ImageOpener;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that the original made is listed as the kernel showed it. */
class LsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Integer> TYPES = Map.of(
            "file", 0100000,
            "directory", 0040000,
            "symlink", 0120000,
            "character device", 0020000,
            "block device", 0060000,
            "fifo", 0010000,
            "socket", 0140000);

    @TempDir
    private Path dir;

    private Path config = Path.of("");

    @BeforeEach
    void writeConfig() throws Exception {
        config = ObdRun.config(dir, "A", "B", "C");
    }

    @Test
    void theWholeTreeIsListedWithEveryAttribute() throws Exception {
        ObdRun ls = ObdRun.of("ls", "-R", "--json", "--sha256", config);

        assertThat(ls.err()).isEmpty();
        assertThat(ls.exitCode()).isZero();
        Map<String, String> expected = new TreeMap<>();
        for (JsonNode entry : JSON.readTree(ObdRun.TREE.toFile())) {
            expected.put(entry.get("path").asText(), golden(entry));
        }
        Map<String, String> found = new TreeMap<>();
        for (JsonNode entry : JSON.readTree(ls.bytes())) {
            found.put(entry.get("path").asText(), ours(entry));
        }
        assertThat(found).isEqualTo(expected);
    }

    private static String golden(JsonNode entry) {
        int mode = Integer.parseInt(entry.get("mode").asText().substring(2), 8);
        return Integer.toOctalString(mode) + " " + entry.get("uid") + ":" + entry.get("gid") + " " + entry.get("mtime")
                + " " + entry.path("size").asText() + " " + entry.path("target").asText() + " "
                + entry.path("rdev").path(0).asText() + ":"
                + entry.path("rdev").path(1).asText() + " "
                + entry.path("nlink").asText() + " " + entry.path("sha256").asText() + " "
                + (entry.has("xattrs_hex") ? entry.get("xattrs_hex") : "");
    }

    private static String ours(JsonNode entry) {
        String type = entry.get("type").asText();
        boolean file = type.equals("file");
        int mode =
                TYPES.getOrDefault(type, 0) | Integer.parseInt(entry.get("mode").asText(), 8);
        return Integer.toOctalString(mode) + " " + entry.get("uid") + ":" + entry.get("gid") + " "
                + Instant.parse(entry.get("modified").asText()).getEpochSecond() + " "
                + (file ? entry.get("size").asText() : "") + " "
                + entry.path("target").asText() + " "
                + entry.path("major").asText() + ":" + entry.path("minor").asText() + " "
                + (file ? entry.get("links").asText() : "") + " "
                + entry.path("sha256").asText() + " " + (entry.has("xattrsHex") ? entry.get("xattrsHex") : "");
    }

    @Test
    void aDirectoryIsListedAsLsDoes() {
        assertThat(ObdRun.of("ls", config, "/dev").out().lines()).containsExactly("null0", "pipe", "sdz9");

        ObdRun ls = ObdRun.of("ls", "-l", config, "/dev");

        assertThat(ls.out().lines())
                .containsExactly(
                        "crw-rw-rw-   1     0     0         1, 3 2023-11-14 22:13:20 null0",
                        "prw--w--w-   1     0     0            0 2023-11-14 22:13:20 pipe",
                        "brw-rw----   1     0     6     259, 300 2023-11-14 22:13:20 sdz9");
    }

    @Test
    void aFileOrADirectoryItselfIsOneLine() {
        assertThat(ObdRun.of("ls", "-ld", config, "/etc/abs").out()).endsWith(" /etc/abs -> /usr/bin/f1\n");
        assertThat(ObdRun.of("ls", "-d", config, "/etc").out().lines()).hasSize(1);
    }

    @Test
    void whatIsInAWritableLayerIsSeenAndTheLayerLeftAsItIs() throws Exception {
        Path data = dir.resolve("data");
        Path index = dir.resolve("index");
        Upper upper = new Upper(index.toString(), data.toString(), 0);
        WritableLayer.create(WritableLayer.Kind.LOG, data, index, 0, new UUID(0, 0))
                .close();
        ImageConfig.read(config).withUpper(upper).write(config);
        byte[] created = Files.readAllBytes(data);
        assertThat(ObdRun.of("ls", "-R", config).out().lines()).hasSize(464);
        assertThat(data).hasBinaryContent(created);

        try (LayeredImage image = new ImageOpener(LsTest::refuse).open(ImageConfig.read(config));
                Ext4 ext4 = Ext4.open(image);
                InputStream tar = Files.newInputStream(ObdRun.TREE.resolveSibling("q-abs.tar"))) {
            new LayerApplier(ext4).apply(tar);
        }
        assertThat(ObdRun.of("cat", config, "/abs/l").out()).isEqualTo("1");
        assertThat(ObdRun.of("fsck", config).out()).isEqualTo(config + ": clean\n");
    }

    private static BlobReader refuse(String repoBlobUrl, Digest digest, long size) throws IOException {
        throw new IOException("nothing is remote here");
    }

    @Test
    void whatIsNotThereIsNamed() {
        ObdRun ls = ObdRun.of("ls", config, "/etc/none");

        assertThat(ls.exitCode()).isEqualTo(1);
        assertThat(ls.err()).isEqualTo("obd ls: " + config + ": no such file in the image: /etc/none\n");
    }

    @Test
    void aLayerThatStandsOnOthersIsSaidToBeOne() {
        ObdRun ls = ObdRun.of("ls", "-R", ObdRun.GOLDEN.resolve("layer-B.obd"));

        assertThat(ls.exitCode()).isEqualTo(1);
        assertThat(ls.err()).startsWith("obd ls: ").hasLineCount(1);
    }
}
