package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that the original tools made, in containerd, through the nydus snapshotter and its daemons. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NydusSnapshotterTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String REPOSITORY = "golden/busybox";
    private static final String GREETING = "greeting=hello from layer two\n";

    private NydusStack stack;

    @BeforeAll
    void start() throws Exception {
        stack = NydusStack.start(
                TestEnvironment.directory(NydusSnapshotterTest.class), TestEnvironment.installation(), "dedicated");
        // Its layers are what nydus_ref refers to.
        TestEnvironment.goldenImage().push("v1", stack.registry(), REPOSITORY + ":v1");
    }

    @AfterAll
    void stop() throws Exception {
        stack.close();
    }

    /** Mounts, daemons and what they have read go with the images. */
    @AfterEach
    void nothingIsLeft() throws Exception {
        stack.snapshotter().login(stack.registry().credentials(stack.registry().user()));
        stack.ctr().clear();
        Await.until(
                "daemons to be gone",
                LIMIT,
                () -> stack.snapshotter().daemons().isEmpty()
                        && stack.imageMounts().isEmpty()
                        && cached().isEmpty(),
                stack::logs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nydus5", "nydus6", "nydus_ref"})
    void itRunsAndItsTreeEqualsTheListing(String tag) throws Exception {
        pull(tag);
        assertThat(stack.ctr().run("content", "ls", "-q").orFail().out()).doesNotContain(dataLayers(tag));

        assertThat(cat(tag, "cat-" + tag).orFail().out()).isEqualTo(GREETING);

        assertThat(stack.imageMounts()).hasSize(1);
        assertThat(TestEnvironment.goldenImage()
                        .differences(Tree.read(stack.imageMounts().getFirst())))
                .isEmpty();
    }

    @Test
    void anOrdinaryImageRunsThroughTheSameSnapshotter() throws Exception {
        stack.rpull(REPOSITORY + ":v1").orFail();

        assertThat(cat("v1", "ordinary").orFail().out()).isEqualTo(GREETING);
        assertThat(stack.snapshotter().daemons()).isEmpty();
    }

    @Test
    void aContainerCanWriteAndItsLayerIsItsOwn() throws Exception {
        pull("nydus6");

        assertThat(stack.ctr()
                        .runOnce(
                                "nydus",
                                image("nydus6"),
                                "writer",
                                "/bin/sh",
                                "-c",
                                "echo changed > /etc/app.conf && cat /etc/app.conf")
                        .orFail()
                        .out())
                .isEqualTo("changed\n");
        assertThat(cat("nydus6", "reader").orFail().out()).isEqualTo(GREETING);
    }

    @Test
    void aKilledDaemonIsFollowedByAnother() throws Exception {
        pull("nydus6");
        cat("nydus6", "before").orFail();
        ProcessHandle first = stack.snapshotter().daemons().getFirst();

        first.destroyForcibly();
        Await.until(
                "another daemon",
                LIMIT,
                () -> stack.snapshotter().daemons().stream().anyMatch(daemon -> daemon.pid() != first.pid())
                        && !stack.imageMounts().isEmpty(),
                stack::logs);

        assertThat(cat("nydus6", "after").orFail().out()).isEqualTo(GREETING);
    }

    @Test
    void containersGoOnWhileTheSnapshotterIsStartedAgain() throws Exception {
        pull("nydus6");
        stack.ctr().runDetached("nydus", image("nydus6"), "running", "/bin/sleep", "600");
        List<ProcessHandle> daemons = stack.snapshotter().daemons();

        stack.snapshotter().kill();
        stack.snapshotter().start();

        assertThat(stack.snapshotter().daemons()).isEqualTo(daemons);
        assertThat(Files.readString(stack.containerd().rootfs("running").resolve("etc/app.conf")))
                .isEqualTo(GREETING);
        assertThat(cat("nydus6", "second").orFail().out()).isEqualTo(GREETING);
    }

    @Test
    void aWrongPasswordIsNamed() throws Exception {
        pull("nydus6");
        stack.snapshotter().login(stack.registry().credentials(new Registry.User("alice", "wrong")));

        Run run = cat("nydus6", "stranger");

        assertThat(run.succeeded()).isFalse();
        assertThat(run.output()).contains(image("nydus6"), "401").doesNotContain("wrong:");
        assertThat(stack.imageMounts()).isEmpty();
        assertThat(stack.snapshotter().daemons()).isEmpty();
    }

    @Test
    void aMissingBlobIsNamed() throws Exception {
        pull("nydus5");
        String gone = dataLayers("nydus5").iterator().next();
        Path blob = stack.registry().blob(gone);
        Path aside = blob.resolveSibling("aside");
        Files.move(blob, aside);
        try {
            Run run = cat("nydus5", "incomplete");

            assertThat(run.succeeded()).isFalse();
            assertThat(run.output()).contains(gone, "404");
            assertThat(stack.imageMounts()).isEmpty();
            assertThat(stack.snapshotter().daemons()).isEmpty();
        } finally {
            Files.move(aside, blob);
        }
    }

    @Test
    void aBootstrapLayerWithoutABootstrapIsNamed() throws Exception {
        TestEnvironment.goldenImage()
                .push(
                        "v1",
                        stack.registry(),
                        REPOSITORY + ":without",
                        List.of(
                                Map.of("containerd.io/snapshot/nydus-blob", "true"),
                                Map.of("containerd.io/snapshot/nydus-bootstrap", "true")));

        Run run = stack.rpull(REPOSITORY + ":without");

        assertThat(run.succeeded()).isFalse();
        assertThat(run.output()).contains("there is no image/image.boot in it");
    }

    private void pull(String tag) throws Exception {
        TestEnvironment.goldenImage().push(tag, stack.registry(), REPOSITORY + ":" + tag);
        stack.rpull(REPOSITORY + ":" + tag).orFail();
    }

    private String image(String tag) {
        return stack.image(REPOSITORY + ":" + tag);
    }

    private Run cat(String tag, String container) throws Exception {
        return stack.ctr().runOnce("nydus", image(tag), container, "/bin/cat", "/etc/app.conf");
    }

    private Set<String> dataLayers(String tag) throws Exception {
        return stack.registry()
                .manifest(REPOSITORY + ":" + tag)
                .get("layers")
                .valueStream()
                .filter(layer -> layer.path("annotations").has("containerd.io/snapshot/nydus-blob"))
                .map(layer -> layer.get("digest").asText())
                .collect(Collectors.toSet());
    }

    private List<Path> cached() throws IOException {
        if (!Files.isDirectory(stack.snapshotter().cache())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(stack.snapshotter().cache())) {
            return files.toList();
        }
    }
}
