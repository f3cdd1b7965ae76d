package io.obd.tools.obd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.fs.Ext4;
import io.obd.fs.Ext4Options;
import io.obd.fs.LayerApplier;
import io.obd.fs.tar.ByteString;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in a registry are read without their layers being downloaded. */
class RemoteImageTest {
    private static final int LARGE = 16 << 20;

    @TempDir
    private Path dir;

    private ImageRegistry registry;

    @BeforeEach
    void start() throws Exception {
        registry = new ImageRegistry();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void onlyWhatASmallFileNeedsIsFetched() throws Exception {
        byte[] layer = layer();
        assertThat(layer.length).isGreaterThan(LARGE);
        registry.addImage("v1", layer);

        ObdRun cat = ObdRun.of("cat", "--plain-http", registry.repository() + ":v1", "/etc/motd");

        assertThat(cat.err()).isEmpty();
        assertThat(cat.out()).isEqualTo("hello\n");
        assertThat(registry.sent()).isLessThan(1 << 20);
    }

    @Test
    void aWholeImageIsFetchedOnce() throws Exception {
        byte[] layer = layer();
        registry.addImage("v1", layer);

        ObdRun fsck = ObdRun.of("fsck", "--plain-http", registry.repository() + ":v1");

        assertThat(fsck.out()).endsWith("/app:v1: clean\n");
        assertThat(fsck.exitCode()).isZero();
        assertThat(registry.sent()).isEqualTo(layer.length);
    }

    @Test
    void theLayersOfTheOriginalAreInspected() throws Exception {
        registry.addImage("v1", golden("A"), golden("B"), golden("C"));

        JsonNode image = new ObjectMapper()
                .readTree(ObdRun.of("inspect", "--plain-http", "--json", registry.repository() + ":v1")
                        .bytes());

        assertThat(image.get("layers")).hasSize(3).allSatisfy(layer -> {
            assertThat(layer.get("kind").asText()).isEqualTo("committed layer");
            assertThat(layer.get("tarWrapper").asBoolean()).isTrue();
            assertThat(layer.get("compression").get("algorithm").asText()).isEqualTo("lz4");
        });
        assertThat(image.get("layers").get(0).get("layer").get("virtualSize").asLong())
                .isEqualTo(1L << 30);
    }

    @Test
    void aLocalAndARemoteImageAreCompared() throws Exception {
        registry.addImage("v1", golden("A"), golden("B"), golden("C"));

        ObdRun same = ObdRun.of("diff", "--plain", ObdRun.config(dir, "A", "B", "C"), registry.repository() + ":v1");

        assertThat(same).isEqualTo(new ObdRun(0, ByteString.EMPTY, ""));
    }

    @Test
    void bytesOfAnotherBlobAreAFault() throws Exception {
        byte[] other = golden("A").clone();
        other[other.length - 1] = 1;
        registry.addImage("v1", golden("A"));
        registry.replace(golden("A"), other);

        ObdRun fsck = ObdRun.of("fsck", "--plain-http", registry.repository() + ":v1");

        assertThat(fsck.exitCode()).isEqualTo(1);
        assertThat(fsck.out()).contains(": at byte 0: digest is sha256:").hasLineCount(1);
    }

    @Test
    void anOrdinaryImageIsSaidToBeOne() {
        registry.addOrdinaryImage("v1");
        String image = registry.repository() + ":v1";

        assertThat(ObdRun.of("ls", "--plain-http", image).err())
                .contains("is an ordinary layer, not one of overlaybd: convert the image with convertor")
                .hasLineCount(1);
        assertThat(ObdRun.of("inspect", "--plain-http", image).out())
                .contains("kind:         ordinary layer, application/vnd.oci.image.layer.v1.tar+gzip");
    }

    @Test
    void anImageThatIsNotThereIsNamedWithItsUrl() {
        ObdRun ls = ObdRun.of("ls", "--plain-http", registry.repository() + ":none");

        assertThat(ls.exitCode()).isEqualTo(1);
        assertThat(ls.err()).contains("/v2/app/manifests/none").contains("404").hasLineCount(1);
    }

    private static byte[] golden(String layer) throws IOException {
        return Files.readAllBytes(ObdRun.GOLDEN.resolve("layer-" + layer + ".obd"));
    }

    /** With a large file that does not compress, and a small one. */
    private byte[] layer() throws IOException {
        byte[] noise = new byte[LARGE];
        new Random(1).nextBytes(noise);
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        addFile(tar, "noise", noise);
        addFile(tar, "etc/motd", "hello\n".getBytes(StandardCharsets.UTF_8));
        Path file = dir.resolve("layer.obd");
        try (LayerWriter layer = LayerWriter.create(file, 256L << 20, null, LayerOptions.COMPRESSED)) {
            try (Ext4 fs = Ext4.format(layer, Ext4Options.defaults())) {
                new LayerApplier(fs).apply(new ByteArrayInputStream(tar.toByteArray()));
            }
            layer.finish();
        }
        return Files.readAllBytes(file);
    }

    private static void addFile(ByteArrayOutputStream tar, String name, byte[] content) {
        ByteBuffer header = ByteBuffer.allocate(512);
        header.put(0, bytes(name));
        header.put(100, bytes("0000644"));
        header.put(124, bytes(String.format("%011o", content.length)));
        header.put(136, bytes("00000000000"));
        header.put(148, bytes("        0"));
        header.put(257, bytes("ustar\00000"));
        int sum = 0;
        for (byte b : header.array()) {
            sum += b;
        }
        header.put(148, bytes(String.format("%06o\0", sum)));
        tar.writeBytes(header.array());
        tar.writeBytes(content);
        tar.writeBytes(new byte[Math.floorMod(-content.length, 512)]);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
