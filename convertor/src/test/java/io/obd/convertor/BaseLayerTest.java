package io.obd.convertor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.fs.Ext4;
import io.obd.fs.Ext4Options;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.lsmt.blob.ZFileOptions;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --mkfs=false}: images as they were built until 2021. */
class BaseLayerTest {
    private static final long GB = 1L << 30;

    @TempDir
    Path dir;

    @Test
    void theBaseLayerIsBelowAllOthers() throws Exception {
        assumeTrue(Tool.isThere("e2fsck"), "e2fsck and debugfs (e2fsprogs) are not installed");
        Path base = baseLayer();
        try (FakeRegistry registry = new FakeRegistry()) {
            byte[] layer = SourceImages.tar(Map.of("etc/app.conf", "greeting=hello"));
            SourceImages.push(registry, "v1", List.of(layer), true);

            Run run = convert(registry, base.toString(), "-o", "obd");
            Run again = convert(registry, base.toString(), "-o", "again");

            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.err()).contains("base layer uploaded");
            assertThat(again.err()).contains("converted before");
            assertThat(registry.documents.get("again")).isEqualTo(registry.documents.get("obd"));
            Manifest manifest = Manifest.parse(
                    Objects.requireNonNull(registry.documents.get("obd")).text().getBytes(StandardCharsets.UTF_8));
            assertThat(manifest.layers()).hasSize(2);
            assertThat(ImageConfiguration.parse(blob(registry, manifest.config()))
                            .diffIds())
                    .isEqualTo(
                            manifest.layers().stream().map(Descriptor::digest).toList());
            assertIsBaseInTar(blob(registry, manifest.layers().getFirst()), base);
            assertThat(manifest.layers().getFirst().annotations().keySet())
                    .isEqualTo(manifest.layers().getLast().annotations().keySet());
            Path disk = Disks.of(registry, manifest, dir);
            assertThat(Tool.run("e2fsck", "-fn", disk.toString())).contains("Pass 5");
            assertThat(Tool.run("debugfs", "-R", "cat /etc/app.conf", disk.toString()))
                    .contains("greeting=hello");
        }
    }

    @Test
    void aBaseLayerThatIsNotThereIsNamed() throws IOException {
        try (FakeRegistry registry = new FakeRegistry()) {
            String missing = dir.resolve("missing").toString();
            SourceImages.push(registry, "v1", List.of(SourceImages.tar(Map.of("a", "b"))), true);
            for (String format : List.of("--overlaybd", "--turboOCI")) {
                Run run = convert(registry, missing, format, "result");

                assertThat(run.exitCode()).isEqualTo(1);
                assertThat(run.err()).contains("base layer " + missing, "--base-layer");
            }
            assertThat(registry.documents).doesNotContainKey("result");
        }
    }

    /** In the form in which the original has it there: as it is installed, without a tar around it. */
    @Test
    void theBaseLayerIsBelowTurboOciLayersToo() throws Exception {
        Path base = baseLayer();
        try (FakeRegistry registry = new FakeRegistry()) {
            SourceImages.push(
                    registry, "v1", List.of(SourceImages.tar(Map.of("etc/app.conf", "greeting=hello"))), true);

            Run run = convert(registry, base.toString(), "--turboOCI", "turbo");

            assertThat(run.exitCode()).as(run.err()).isZero();
            Manifest manifest = Manifest.parse(Objects.requireNonNull(registry.documents.get("turbo"))
                    .text()
                    .getBytes(StandardCharsets.UTF_8));
            byte[] installed = Files.readAllBytes(base);
            String annotation = "containerd.io/snapshot/overlaybd/";
            assertThat(manifest.layers()).hasSize(2);
            Descriptor lowest = manifest.layers().getFirst();
            assertThat(lowest.mediaType()).isEqualTo(MediaTypes.DOCKER_LAYER);
            assertThat(lowest.annotations())
                    .isEqualTo(Map.of(
                            annotation + "version", "0.1.0",
                            annotation + "blob-digest", Digest.sha256(installed).toString(),
                            annotation + "blob-size", Integer.toString(installed.length)));
            assertThat(blob(registry, lowest)).isEqualTo(installed);
            assertThat(manifest.layers().getLast().mediaType()).isEqualTo(MediaTypes.DOCKER_LAYER_GZIP);
            assertThat(ImageConfiguration.parse(blob(registry, manifest.config()))
                            .diffIds())
                    .hasSize(2)
                    .startsWith(lowest.digest());
        }
    }

    /** A file system on a device of its own size, compressed and in no tar. */
    private Path baseLayer() throws IOException {
        Path file = dir.resolve("ext4_1");
        LayerOptions options = LayerOptions.PLAIN.withZFile(ZFileOptions.DEFAULT);
        try (LayerWriter writer = LayerWriter.create(file, GB, null, options)) {
            Ext4.format(writer, Ext4Options.defaults()).close();
            writer.finish();
        }
        return file;
    }

    private static void assertIsBaseInTar(byte[] blob, Path base) throws IOException {
        byte[] content = Files.readAllBytes(base);
        assertThat(new String(blob, 0, 108, StandardCharsets.US_ASCII))
                .startsWith("overlaybd.commit\0")
                .endsWith("0000444\0");
        assertThat(Digest.sha256(Arrays.copyOfRange(blob, 512, 512 + content.length)))
                .isEqualTo(Digest.sha256(content));
        assertThat(blob.length % 512).isZero();
    }

    private static byte[] blob(FakeRegistry registry, Descriptor blob) {
        return Objects.requireNonNull(registry.blobs.get(blob.digest().toString()));
    }

    private Run convert(FakeRegistry registry, String base, String format, String tag) {
        return Run.convertor(
                "-r",
                registry.host() + "/app",
                "--plain",
                "-i",
                "v1",
                format,
                tag,
                "--mkfs=false",
                "--base-layer",
                base,
                "-d",
                dir.resolve("work").toString(),
                "--db-str",
                dir.resolve("records.db").toString());
    }
}
