package io.obd.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.obd.containerd.cri.v1.FilesystemUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What a kubelet does with a lazy image from a private registry, through the CRI of a containerd that is configured as the
 * samples say. The tests are the steps of one story.
 */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class PodJob {
    private static final String IMAGE = "golden/busybox:v1_obd";
    private static final String GREETING = "greeting=hello from layer two\n";

    private Cri cri;
    private Cri.@Nullable Pod pod;
    private @Nullable String container;

    abstract Stack stack();

    /** The directory whose use the kubelet is told. */
    abstract Path imageDirectory();

    @BeforeAll
    void imagesAreInTheRegistry() throws Exception {
        Registry registry = stack().registry();
        TestEnvironment.goldenImage().push("v1_obd", registry, IMAGE);
        TestEnvironment.goldenImage().push("v1", registry, Stack.SANDBOX_IMAGE, "/bin/sleep", "1000000");
        cri = new Cri(stack().containerd().socket());
    }

    @AfterAll
    void nothingRuns() throws Exception {
        if (cri != null) {
            cri.removePods();
            cri.close();
            ctr().clear();
        }
    }

    @Test
    @Order(1)
    void pullingALazyImageDownloadsNoLayer() throws Exception {
        Traffic before = stack().registry().traffic();

        cri.pull(stack().repository(IMAGE), stack().registry().user());

        JsonNode manifest = stack().registry().manifest(IMAGE);
        Traffic pull = stack().registry().traffic().since(before);
        assertThat(pull.blobBytes()).isEqualTo(manifest.at("/config/size").asLong());
        assertThat(manifest.get("layers"))
                .isNotEmpty()
                .allSatisfy(layer ->
                        assertThat(pull.blobBytes(layer.get("digest").asText())).isZero());
        assertThat(ctr().snapshots("overlaybd"))
                .hasSameSizeAs(manifest.get("layers"))
                .allSatisfy(layer -> assertThat(ctr().run("snapshot", "--snapshotter", "overlaybd", "info", layer)
                                .orFail()
                                .out())
                        .contains("\"containerd.io/snapshot/remote\": \"remote snapshot\""));
    }

    @Test
    @Order(2)
    void aPodRunsFromIt() throws Exception {
        cri.pull(stack().repository(Stack.SANDBOX_IMAGE), stack().registry().user());
        Traffic before = stack().registry().traffic();

        Cri.Pod lazy = cri.runPod("lazy");
        String first = cri.startContainer(lazy, "first", stack().repository(IMAGE), "/bin/sleep", "600");
        pod = lazy;
        container = first;

        assertThat(cri.exec(first, "/bin/cat", "/etc/app.conf")).isEqualTo(new Cri.Output(GREETING, "", 0));
        assertThat(cri.exec(first, "/bin/ls", "/no-such-file").status()).isNotZero();
        assertThat(stack().registry().traffic().since(before).blobBytes()).isPositive();
    }

    @Test
    @Order(3)
    void theContainersOfAnImageShareItsDeviceAndNotTheirWrites() throws Exception {
        List<Path> devices = stack().leftovers().loopDevices();
        String second =
                cri.startContainer(requireNonNull(pod), "second", stack().repository(IMAGE), "/bin/sleep", "600");

        assertThat(cri.exec(second, "/bin/sh", "-c", "echo mine > /etc/app.conf")
                        .status())
                .isZero();

        assertThat(devices).hasSize(1);
        assertThat(stack().leftovers().loopDevices()).isEqualTo(devices);
        assertThat(cri.exec(second, "/bin/cat", "/etc/app.conf").out()).isEqualTo("mine\n");
        assertThat(cri.exec(requireNonNull(container), "/bin/cat", "/etc/app.conf")
                        .out())
                .isEqualTo(GREETING);
    }

    @Test
    @Order(4)
    void theKubeletIsToldWhereImagesAre() throws Exception {
        assertThat(cri.imageUsage())
                .extracting(FilesystemUsage::getFsId)
                .anySatisfy(id -> assertThat(id.getMountpoint())
                        .isEqualTo(imageDirectory().toString()));
    }

    @Test
    @Order(5)
    void removingPodAndImagesLeavesNothing() throws Exception {
        cri.removeContainer(requireNonNull(container));
        cri.removePods();
        cri.removeImage(stack().repository(IMAGE));
        cri.removeImage(stack().repository(Stack.SANDBOX_IMAGE));

        Path backend = stack().backend().configuration().getParent();
        assertThat(ctr().snapshots("overlaybd")).isEmpty();
        assertThat(stack().leftovers().loopDevices()).isEmpty();
        assertThat(stack().leftovers().mounts())
                .allSatisfy(mount -> assertThat(mount).startsWithRaw(backend));
        try (Stream<Path> snapshots = Files.list(stack().snapshotter().root().resolve("snapshots"))) {
            assertThat(snapshots).isEmpty();
        }
    }

    private Ctr ctr() {
        return stack().containerd().ctr(Cri.NAMESPACE);
    }
}
