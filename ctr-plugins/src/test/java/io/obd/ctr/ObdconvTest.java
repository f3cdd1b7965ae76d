package io.obd.ctr;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.FileBlob;
import io.obd.ctr.fake.FakeContainerd;
import io.obd.ctr.fake.StoredImage;
import io.obd.image.LayerAnnotations;
import io.obd.lsmt.Layer;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ObdconvTest {
    @TempDir
    Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private FakeContainerd containerd;
    private StoredImage images;
    private final List<Descriptor> layers = new ArrayList<>();
    private final List<Digest> diffIds = new ArrayList<>();

    @BeforeEach
    void anImageIsInContainerd() throws Exception {
        containerd = new FakeContainerd(dir.resolve("c.sock"));
        images = new StoredImage(containerd);
        for (byte[] tar : List.of(tar("etc/one", "1"), tar("etc/two", "2".repeat(100_000)))) {
            layers.add(images.blob(MediaTypes.OCI_LAYER_GZIP, gzip(tar)));
            diffIds.add(Digest.sha256(tar));
        }
        images.put("source", layers, diffIds);
    }

    @AfterEach
    void stop() throws Exception {
        containerd.close();
    }

    @Test
    void theResultIsAnImageOfContainerd() throws Exception {
        assertThat(convert("source", "target")).as(err.toString()).isZero();

        Manifest manifest = images.manifest("target");
        assertThat(manifest.mediaType()).isEqualTo(MediaTypes.DOCKER_MANIFEST);
        assertThat(manifest.config().mediaType()).isEqualTo(MediaTypes.OCI_CONFIG);
        assertThat(manifest.layers()).hasSize(2).allSatisfy(layer -> {
            assertThat(layer.mediaType()).isEqualTo(MediaTypes.OCI_LAYER);
            assertThat(layer.annotations())
                    .isEqualTo(Map.of(
                            LayerAnnotations.VERSION,
                            "0.1.0",
                            LayerAnnotations.BLOB_DIGEST,
                            layer.digest().toString(),
                            LayerAnnotations.BLOB_SIZE,
                            Long.toString(layer.size()),
                            LayerAnnotations.BLOB_FS_TYPE,
                            "ext4"));
        });
        assertThat(ImageConfiguration.parse(
                                images.bytes(manifest.config().digest().toString()))
                        .diffIds())
                .containsExactlyElementsOf(
                        manifest.layers().stream().map(Descriptor::digest).toList());
        assertThat(containerd.content.labels.get(images.target("target")))
                .containsEntry(
                        "containerd.io/gc.ref.content.config",
                        manifest.config().digest().toString())
                .containsEntry(
                        "containerd.io/gc.ref.content.l.1",
                        manifest.layers().get(1).digest().toString());
        assertThat(containerd.leases.held).isEmpty();
        assertThat(containerd.leases.released)
                .allSatisfy(lease -> assertThat(lease.getId()).matches("overlaybd-conv-\\d+-.{4}"));
        assertThat(out.toString())
                .startsWith("filesystem type: ext4\nvsize: 64 GB\n")
                .endsWith("new image digest: " + images.target("target") + "\n");
    }

    @Test
    void sizeAndCompressionAreAsAskedFor() throws Exception {
        assertThat(convert("--vsize", "2", "--algorithm", "zstd", "--bs", "16", "source", "target"))
                .as(err.toString())
                .isZero();
        assertThat(convert("--vsize", "2", "source", "usual"))
                .as(err.toString())
                .isZero();

        try (Layer layer = layer("target", 0)) {
            assertThat(layer.virtualSize()).isEqualTo(2L << 30);
        }
        assertThat(images.manifest("target").layers().getFirst().size())
                .isLessThan(images.manifest("usual").layers().getFirst().size());
    }

    @Test
    void theResultFollowsFromTheSourceAlone() throws Exception {
        convert("source", "first");
        convert("source", "second");

        assertThat(images.target("second")).isEqualTo(images.target("first"));
    }

    @Test
    void anUnknownImageIsNamed() {
        assertThat(convert("none", "target")).isEqualTo(1);

        assertThat(err.toString())
                .contains("there is no image none in containerd")
                .contains("pull it first");
        assertThat(containerd.leases.held).isEmpty();
    }

    @Test
    void anOverlaybdImageIsNotConvertedAgain() {
        convert("source", "target");

        assertThat(convert("target", "again")).isEqualTo(1);
        assertThat(err.toString()).contains("target is an overlaybd image already");
    }

    @Test
    void aLayerThatIsNotInTheStoreIsNamed() {
        containerd.content.blobs.remove(layers.get(1).digest().toString());

        assertThat(convert("source", "target")).isEqualTo(1);
        assertThat(err.toString())
                .contains("layer 1 (" + layers.get(1).digest() + ")")
                .contains("not found");
        assertThat(containerd.images.byName).containsOnlyKeys("source");
    }

    @Test
    void whatCannotBeDoneIsRefusedByName() {
        assertThat(convert("--dbstr", "convertor.db", "source", "r.example/app:target"))
                .isEqualTo(2);
        assertThat(convert("--dbstr", "user@tcp(db)/x", "source", "r.example/app"))
                .isEqualTo(2);
        assertThat(convert("--algorithm", "gzip", "source", "target")).isEqualTo(2);
        assertThat(convert("--bs", "5", "source", "target")).isEqualTo(2);
        assertThat(convert("--vsize", "0", "source", "target")).isEqualTo(2);
        assertThat(convert("--fstype", "erofs", "source", "target")).isEqualTo(2);
        assertThat(err.toString())
                .contains("--dbstr: USER:PASSWORD@tcp(HOST:PORT)/DATABASE is expected", "its name needs a tag")
                .contains("--algorithm: lz4 or zstd", "--bs: 4, 8", "--vsize: from 1 to")
                .contains("erofs cannot be written to");
    }

    private Layer layer(String image, int index) throws Exception {
        String digest = images.manifest(image).layers().get(index).digest().toString();
        Path file = Files.write(dir.resolve("layer"), Objects.requireNonNull(images.bytes(digest)));
        return Layer.open(FileBlob.open(file));
    }

    private int convert(String... arguments) {
        List<String> line = new ArrayList<>(List.of("-a", containerd.socket().toString(), "obdconv"));
        line.addAll(List.of(arguments));
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        return command.execute(line.toArray(String[]::new));
    }

    private static byte[] tar(String name, String text) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            byte[] content = text.getBytes(StandardCharsets.UTF_8);
            TarArchiveEntry entry = new TarArchiveEntry(name);
            entry.setModTime(1_700_000_000_000L);
            entry.setSize(content.length);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        }
        return out.toByteArray();
    }

    private static byte[] gzip(byte[] bytes) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
