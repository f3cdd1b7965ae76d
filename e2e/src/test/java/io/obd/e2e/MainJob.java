package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * From an image in a registry to a container that runs from it lazily, and back to nothing. The tests are the steps of one
 * story.
 */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class MainJob {
    private static final String SOURCE = "debian/python:v1";
    private static final String IMAGE = "debian/python:v1_obd";

    abstract Stack stack();

    @BeforeAll
    void anImageIsConverted() throws Exception {
        stack().registry().push(TestEnvironment.debianImage().source(), SOURCE);
        stack().convert("debian/python", "--input-tag", "v1", "--oci", "--output-tag", "v1_obd")
                .orFail();
    }

    @Test
    @Order(1)
    void theConvertedImageCarriesItsLayersAsBlocks() throws Exception {
        JsonNode source = stack().registry().manifest(SOURCE);
        JsonNode converted = stack().registry().manifest(IMAGE);

        assertThat(converted.get("layers")).hasSameSizeAs(source.get("layers"));
        assertThat(converted.get("layers")).allSatisfy(layer -> {
            JsonNode annotations = layer.get("annotations");
            assertThat(annotations
                            .get("containerd.io/snapshot/overlaybd/version")
                            .asText())
                    .isEqualTo("0.1.0");
            assertThat(annotations
                            .get("containerd.io/snapshot/overlaybd/blob-digest")
                            .asText())
                    .isEqualTo(layer.get("digest").asText());
            assertThat(annotations
                            .get("containerd.io/snapshot/overlaybd/blob-size")
                            .asText())
                    .isEqualTo(layer.get("size").asText());
        });
    }

    @Test
    @Order(2)
    void rpullDownloadsManifestAndConfigOnly() throws Exception {
        Traffic before = stack().registry().traffic();

        Run rpull = stack().rpull(IMAGE).orFail();

        Traffic pull = stack().registry().traffic().since(before);
        long config = stack().registry().manifest(IMAGE).at("/config/size").asLong();
        assertThat(rpull.out()).contains("done");
        assertThat(pull.blobBytes()).isLessThanOrEqualTo(config);
    }

    @Test
    @Order(3)
    void aRunOfPythonFetchesLessThanAThirdOfTheBlobs() throws Exception {
        Traffic before = stack().registry().traffic();

        Run run = stack().ctr()
                .runOnce("overlaybd", stack().repository(IMAGE), "first", "python3", "-c", "print(1)")
                .orFail();

        long fetched = stack().registry().traffic().since(before).blobBytes();
        long whole = layers().mapToLong(layer -> layer.get("size").asLong()).sum();
        System.out.printf(
                "python3 -c 'print(1)' fetched %d of %d bytes: %.1f %%%n", fetched, whole, 100.0 * fetched / whole);
        assertThat(run.out()).isEqualTo("1\n");
        assertThat(fetched).isLessThan(whole * 35 / 100);
    }

    @Test
    @Order(4)
    void theTreeOfAContainerEqualsTheSource() throws Exception {
        Tree source = Tree.read(TestEnvironment.debianImage().tree());
        stack().ctr().runDetached("overlaybd", stack().repository(IMAGE), "tree", "sleep", "600");

        assertThat(new TreeComparer().differences(source, Tree.read(imageMount())))
                .isEmpty();
        assertThat(new TreeComparer(TreeComparer.Except.DIRECTORY_LINKS, TreeComparer.Except.DIRECTORY_TIMES)
                        .differences(source, Tree.read(stack().containerd().rootfs("tree"))))
                .isEmpty();
    }

    @Test
    @Order(5)
    void aSecondContainerAttachesNothingNew() throws Exception {
        List<Path> devices = stack().leftovers().loopDevices();
        Traffic before = stack().registry().traffic();

        stack().ctr().runDetached("overlaybd", stack().repository(IMAGE), "second", "sleep", "600");

        assertThat(devices).hasSize(1);
        assertThat(stack().leftovers().loopDevices()).isEqualTo(devices);
        assertThat(imageMount()).isDirectory();
        assertThat(stack().registry().traffic().since(before).blobBytes()).isZero();
    }

    @Test
    @Order(6)
    void containersOfOneImageDoNotSeeEachOthersWrites() throws Exception {
        stack().ctr().exec("tree", "sh", "-c", "echo mine > /etc/issue").orFail();

        assertThat(stack().containerd().rootfs("tree").resolve("etc/issue")).hasContent("mine\n");
        assertThat(stack().containerd().rootfs("second").resolve("etc/issue"))
                .hasContent("changed by the application\n");
    }

    @Test
    @Order(7)
    void removingContainersAndImageLeavesNothing() throws Exception {
        stack().ctr().clear();

        Path backend = stack().backend().configuration().getParent();
        assertThat(stack().ctr().snapshots("overlaybd")).isEmpty();
        assertThat(stack().leftovers().loopDevices()).isEmpty();
        assertThat(stack().leftovers().mounts())
                .allSatisfy(mount -> assertThat(mount).startsWithRaw(backend));
        try (Stream<Path> snapshots = Files.list(stack().snapshotter().root().resolve("snapshots"))) {
            assertThat(snapshots).isEmpty();
        }
    }

    /** Where the image's device is mounted: in one place, for all its containers. */
    private Path imageMount() throws Exception {
        List<Path> mounts = stack().imageMounts();
        assertThat(mounts).hasSize(1);
        return mounts.getFirst();
    }

    private Stream<JsonNode> layers() throws Exception {
        return StreamSupport.stream(
                stack().registry().manifest(IMAGE).get("layers").spliterator(), false);
    }
}
