package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.LayerAnnotations;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Mount;
import io.obd.snapshots.Snapshot;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that come as a tar; the tools are scripts that note what they are asked. */
class TarLayersTest {
    private static final Map<String, String> LABELS = Map.of(Labels.REF, "x", Labels.CONVERT_TO_TURBO_OCI, "yes");

    @TempDir
    Path temporary;

    private final BlockingCalls blocking = new BlockingCalls();
    private TestLayers layers;
    private Snapshotter snapshotter;

    @BeforeEach
    void start() throws IOException {
        layers = TestLayers.in(temporary.toRealPath(), blocking);
        Files.createDirectories(layers.tools());
        tool("overlaybd-create", "touch \"$1\" \"$2\"");
        tool("turboOCI-apply", "test -s \"$4\" && cp \"$2\" " + applied());
        tool("overlaybd-commit", "cp " + layers.directory().resolve("zfile") + " \"$3\"");
        Files.write(layers.directory().resolve("zfile"), TestLayers.zfileMagic());
        snapshotter =
                Snapshotter.open(layers.root(), layers.provider(), blocking, new Snapshotter.Options(false, false));
    }

    private void tool(String name, String script) throws IOException {
        Path file = layers.tools().resolve(name);
        Files.writeString(file, "#!/bin/sh\necho \"" + name + " $*\" >> " + log() + "\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private Path log() {
        return layers.directory().resolve("calls");
    }

    private Path applied() {
        return layers.directory().resolve("applied.json");
    }

    @AfterEach
    void stop() throws IOException {
        snapshotter.close();
        blocking.close();
    }

    @Test
    void theTarBecomesALayerThatRefersToIt() throws IOException {
        List<Mount> mounts = snapshotter.prepare("k", "", LABELS);
        assertThat(mounts).containsExactly(new Mount("bind", fs(1).toString(), List.of("rw", "rbind")));
        Path tar = putTar(1);
        snapshotter.commit("x", "k", LABELS, "");

        Path temp = directory(1).resolve("temp");
        assertThat(Files.readAllLines(log()))
                .containsExactly(
                        "overlaybd-create " + temp + "/writable_data " + temp
                                + "/writable_index 256 -s --turboOCI --mkfs",
                        "turboOCI-apply " + tar + " " + temp + "/config.v1.json --service_config_path " + temp
                                + "/service.json --fstype ext4 --gz_index_path " + temp + "/gzip.meta",
                        "overlaybd-commit " + temp + "/writable_data " + temp + "/writable_index " + temp
                                + "/overlaybd.commit -z --turboOCI");
        assertThat(temp).doesNotExist();
        assertThat(ImageConfig.read(directory(1).resolve("block/config.v1.json"))
                        .lowers())
                .containsExactly(made(1, ""));
        Snapshot committed = snapshotter.stat("x");
        assertThat(committed.labels()).containsEntry(Labels.LOCAL_COMMIT_PATH, fs(1) + "/overlaybd.commit");
    }

    @Test
    void aLayerAboveIsMadeOnTheOneBelow() throws IOException {
        tar("a", "", LABELS);
        Map<String, String> erofs =
                Map.of(Labels.REF, "b", Labels.CONVERT_TO_TURBO_OCI, "", LayerAnnotations.BLOB_FS_TYPE, "erofs");
        tool("turboOCI-apply", "cp \"$2\" " + applied() + "; echo index > \"$8\"");
        tar("b", "a", erofs);

        ImageConfig conversion = ImageConfig.read(applied());
        assertThat(conversion.lowers()).containsExactly(made(1, ""));
        assertThat(conversion.upper().target()).endsWith("/temp/fake_target");
        assertThat(Files.readAllLines(log()))
                .anyMatch(line -> line.startsWith("overlaybd-create ") && line.endsWith(" 256 -s --turboOCI"))
                .anyMatch(line -> line.contains("--fstype erofs"));
        assertThat(ImageConfig.read(directory(2).resolve("block/config.v1.json"))
                        .lowers())
                .containsExactly(made(1, ""), made(2, fs(2) + "/gzip.meta"));
    }

    @Test
    void aConversionThatFailedIsBegunAnew() throws IOException {
        tool("turboOCI-apply", "echo 'no room' >&2; exit 1");
        snapshotter.prepare("k", "", LABELS);
        putTar(1);
        assertThatThrownBy(() -> snapshotter.commit("x", "k", LABELS, "")).hasMessageContaining("no room");
        tool("turboOCI-apply", "true");
        snapshotter.commit("x", "k", LABELS, "");
        assertThat(fs(1).resolve("overlaybd.commit")).exists();
    }

    @Test
    void whatWasMadeIsNotMadeAgain() throws IOException {
        snapshotter.prepare("k", "", LABELS);
        putTar(1);
        Files.write(fs(1).resolve("overlaybd.commit"), TestLayers.zfileMagic()); // of a commit that a crash ended
        snapshotter.commit("x", "k", LABELS, "");
        assertThat(log()).doesNotExist();
        assertThat(ImageConfig.read(directory(1).resolve("block/config.v1.json"))
                        .lowers())
                .containsExactly(made(1, ""));
    }

    @Test
    void otherFileSystemsAreRefused() throws IOException {
        Map<String, String> xfs = Map.of(Labels.CONVERT_TO_TURBO_OCI, "", LayerAnnotations.BLOB_FS_TYPE, "xfs");
        snapshotter.prepare("k", "", xfs);
        putTar(1);
        assertThatThrownBy(() -> snapshotter.commit("x", "k", xfs, ""))
                .hasMessageContaining("a layer.tar becomes ext4 or erofs, not xfs");
    }

    @Test
    void withoutATarItIsAnOrdinaryLayer() throws IOException {
        snapshotter.prepare("k", "", LABELS);
        snapshotter.commit("x", "k", LABELS, "");
        assertThat(directory(1).resolve("block")).doesNotExist();
        assertThat(snapshotter.prepare("c", "x", Map.of()).getFirst().type()).isEqualTo("overlay");
    }

    private void tar(String name, String parent, Map<String, String> labels) throws IOException {
        snapshotter.prepare(name + "-extract", parent, labels);
        putTar(parent.isEmpty() ? 1 : 2);
        snapshotter.commit(name, name + "-extract", labels, "");
    }

    private Path putTar(int id) throws IOException {
        return Files.writeString(directory(id).resolve("layer.tar"), "a tar");
    }

    private Lower made(int id, String gzipIndex) {
        return new Lower(fs(id) + "/overlaybd.commit", "", "", 0, directory(id) + "/layer.tar", "", gzipIndex);
    }

    private Path directory(int id) {
        return layers.root().resolve("snapshots/" + id);
    }

    private Path fs(int id) {
        return directory(id).resolve("fs");
    }
}
