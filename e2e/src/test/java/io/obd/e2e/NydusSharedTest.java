package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One daemon for all images, which the snapshotter supervises, under containers and under a kubelet's pod. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NydusSharedTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> IMAGES = List.of("nydus5", "nydus6", "nydus_ref");

    /** Reads past the page cache, so that the daemon has to answer each, and counts until something goes wrong. */
    private static final String READER = "i=0; while dd if=/bin/busybox of=/dev/null bs=64k iflag=direct status=none;"
            + " do i=$((i+1)); echo $i > /rounds.new; mv /rounds.new /rounds; done; echo failed > /failed";

    @RegisterExtension
    static final RunningNydusStack STACK = new RunningNydusStack(NydusStack.Settings.shared());

    private NydusStack stack;
    private NydusImages images;
    private Cri cri;

    @BeforeAll
    void start() throws Exception {
        stack = STACK.get();
        images = STACK.images();
        cri = new Cri(stack.containerd().socket());
        TestEnvironment.goldenImage().push("v1", stack.registry(), Stack.SANDBOX_IMAGE, "/bin/sleep", "1000000");
    }

    @AfterAll
    void stop() throws Exception {
        if (cri != null) {
            cri.close();
        }
    }

    @AfterEach
    void podsEnd() throws Exception {
        cri.removePods();
        stack.containerd().ctr(Cri.NAMESPACE).clear();
    }

    @Test
    void oneDaemonServesSeveralImages() throws Exception {
        for (String tag : IMAGES) {
            images.pull(tag);
            stack.ctr().runDetached("nydus", images.name(tag), "running-" + tag, "/bin/sleep", "600");
        }

        assertThat(stack.snapshotter().daemons()).hasSize(1);
        assertThat(stack.imageMounts()).hasSize(1);
        JsonNode daemon = daemons().get(0);
        assertThat(daemon.get("pid").asLong())
                .isEqualTo(stack.snapshotter().daemons().getFirst().pid());
        assertThat(daemon.get("instances")).hasSize(IMAGES.size());
        for (JsonNode instance : daemon.get("instances")) {
            assertThat(TestEnvironment.goldenImage()
                            .differences(
                                    Tree.read(Path.of(instance.get("mountpoint").asText()))))
                    .as(instance.get("image_id").asText())
                    .isEmpty();
        }
        assertThat(daemons().get(0).get("read_data_kb").asDouble()).isPositive();
    }

    @Test
    void aKilledDaemonCostsAContainerThatReadsNoError() throws Exception {
        images.pull("nydus6");
        stack.ctr().runDetached("nydus", images.name("nydus6"), "reader", "/bin/sh", "-c", READER);
        Path root = stack.containerd().rootfs("reader");
        awaitMore(root);

        for (int i = 0; i < 2; i++) {
            ProcessHandle before = stack.snapshotter().daemons().getFirst();
            before.destroyForcibly();
            Await.until(
                    "another daemon",
                    LIMIT,
                    () -> stack.snapshotter().daemons().stream().anyMatch(daemon -> daemon.pid() != before.pid()),
                    stack::logs);
            awaitMore(root);
        }

        assertThat(images.cat("nydus6", "after").orFail().out()).isEqualTo(NydusImages.GREETING);
        assertThat(stack.imageMounts()).hasSize(1);
    }

    @Test
    void daemonsAreExchangedUnderAContainerThatReads() throws Exception {
        images.pull("nydus6");
        stack.ctr().runDetached("nydus", images.name("nydus6"), "reader", "/bin/sh", "-c", READER);
        Path root = stack.containerd().rootfs("reader");
        awaitMore(root);
        ProcessHandle before = stack.snapshotter().daemons().getFirst();

        String program = TestEnvironment.installation().nydus("nydusd");
        String answer =
                stack.snapshotter().ask("PUT", "/api/v1/daemons/upgrade", Json.write(Map.of("nydusd_path", program)));

        assertThat(answer).isEmpty();
        assertThat(stack.snapshotter().daemons()).hasSize(1).doesNotContain(before);
        awaitMore(root);
    }

    @Test
    void aDamagedBlobFailsTheContainersReadsAndIsNamedInTheLog() throws Exception {
        images.pull("nydus5");
        String digest = images.dataLayers("nydus5").getLast();
        Path blob = stack.registry().blob(digest);
        byte[] good = Files.readAllBytes(blob);
        byte[] bad = good.clone();
        Arrays.fill(bad, (byte) 0xa5);
        Files.write(blob, bad);
        try {
            Run run = images.cat("nydus5", "damaged");

            assertThat(run.succeeded()).isFalse();
            assertThat(run.output()).contains("Input/output error");
            // The log of daemons comes a little later than what they do.
            Await.until(
                    "the blob to be named in the log",
                    LIMIT,
                    () -> stack.logs().contains(digest.substring("sha256:".length())),
                    stack::logs);
        } finally {
            Files.write(blob, good);
        }
    }

    @Test
    void aPodRunsFromANydusImage() throws Exception {
        images.push("nydus6");
        cri.pull(images.name("nydus6"), stack.registry().user());
        cri.pull(stack.image(Stack.SANDBOX_IMAGE), stack.registry().user());

        Cri.Pod pod = cri.runPod("nydus");
        String container = cri.startContainer(pod, "first", images.name("nydus6"), "/bin/sleep", "600");

        assertThat(cri.exec(container, "/bin/cat", "/etc/app.conf"))
                .isEqualTo(new Cri.Output(NydusImages.GREETING, "", 0));
        assertThat(stack.imageMounts()).hasSize(1);
        assertThat(stack.containerd()
                        .ctr(Cri.NAMESPACE)
                        .run("content", "ls", "-q")
                        .orFail()
                        .out())
                .doesNotContain(images.dataLayers("nydus6"));
    }

    private JsonNode daemons() throws IOException {
        return Json.read(stack.snapshotter().ask("GET", "/api/v1/daemons", ""));
    }

    private void awaitMore(Path root) throws IOException, InterruptedException {
        long before = rounds(root);
        Await.until(
                "the container to read on",
                LIMIT,
                () -> Files.exists(root.resolve("failed")) || rounds(root) > before + 1,
                stack::logs);
        assertThat(root.resolve("failed")).doesNotExist();
    }

    private static long rounds(Path root) throws IOException {
        Path rounds = root.resolve("rounds");
        return Files.exists(rounds) ? Long.parseLong(Files.readString(rounds).strip()) : 0;
    }
}
