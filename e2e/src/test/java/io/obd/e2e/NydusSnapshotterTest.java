package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that the original tools made, in containerd, through the nydus snapshotter and its daemons. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NydusSnapshotterTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @RegisterExtension
    static final RunningNydusStack STACK = new RunningNydusStack(NydusStack.Settings.usual());

    private NydusStack stack;
    private NydusImages images;

    @BeforeAll
    void start() {
        stack = STACK.get();
        images = STACK.images();
    }

    @AfterEach
    void theRightPasswordIsKnownAgain() throws Exception {
        stack.snapshotter().login(stack.registry().credentials(stack.registry().user()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nydus5", "nydus6", "nydus_ref"})
    void itRunsAndItsTreeEqualsTheListing(String tag) throws Exception {
        images.pull(tag);
        assertThat(stack.ctr().run("content", "ls", "-q").orFail().out()).doesNotContain(images.dataLayers(tag));

        assertThat(images.cat(tag, "cat-" + tag).orFail().out()).isEqualTo(NydusImages.GREETING);

        assertThat(stack.imageMounts()).hasSize(1);
        assertThat(TestEnvironment.goldenImage()
                        .differences(Tree.read(stack.imageMounts().getFirst())))
                .isEmpty();
    }

    @Test
    void anOrdinaryImageRunsThroughTheSameSnapshotter() throws Exception {
        stack.rpull(NydusImages.REPOSITORY + ":v1").orFail();

        assertThat(images.cat("v1", "ordinary").orFail().out()).isEqualTo(NydusImages.GREETING);
        assertThat(stack.snapshotter().daemons()).isEmpty();
    }

    @Test
    void aContainerCanWriteAndItsLayerIsItsOwn() throws Exception {
        images.pull("nydus6");

        assertThat(stack.ctr()
                        .runOnce(
                                "nydus",
                                images.name("nydus6"),
                                "writer",
                                "/bin/sh",
                                "-c",
                                "echo changed > /etc/app.conf && cat /etc/app.conf")
                        .orFail()
                        .out())
                .isEqualTo("changed\n");
        assertThat(images.cat("nydus6", "reader").orFail().out()).isEqualTo(NydusImages.GREETING);
    }

    @Test
    void aKilledDaemonIsFollowedByAnother() throws Exception {
        images.pull("nydus6");
        images.cat("nydus6", "before").orFail();
        ProcessHandle first = stack.snapshotter().daemons().getFirst();

        first.destroyForcibly();
        Await.until(
                "another daemon",
                LIMIT,
                () -> stack.snapshotter().daemons().stream().anyMatch(daemon -> daemon.pid() != first.pid())
                        && !stack.imageMounts().isEmpty(),
                stack::logs);

        assertThat(images.cat("nydus6", "after").orFail().out()).isEqualTo(NydusImages.GREETING);
    }

    @Test
    void containersGoOnWhileTheSnapshotterIsStartedAgain() throws Exception {
        images.pull("nydus6");
        stack.ctr().runDetached("nydus", images.name("nydus6"), "running", "/bin/sleep", "600");
        List<ProcessHandle> daemons = stack.snapshotter().daemons();

        stack.snapshotter().kill();
        stack.snapshotter().start();
        Await.until(
                "containerd to connect again",
                LIMIT,
                () -> stack.ctr()
                        .run("snapshot", "--snapshotter", "nydus", "ls")
                        .succeeded());

        assertThat(stack.snapshotter().daemons()).isEqualTo(daemons);
        assertThat(Files.readString(stack.containerd().rootfs("running").resolve("etc/app.conf")))
                .isEqualTo(NydusImages.GREETING);
        assertThat(images.cat("nydus6", "second").orFail().out()).isEqualTo(NydusImages.GREETING);
    }

    @Test
    void aWrongPasswordIsNamed() throws Exception {
        String image = "unknown/busybox:nydus6"; // whose password nobody has told the snapshotter
        TestEnvironment.goldenImage().push("nydus6", stack.registry(), image);
        stack.rpull(image, "--control-socket", "/nowhere").orFail();
        stack.snapshotter().login(stack.registry().credentials(new Registry.User("alice", "wrong")));

        Run run = stack.ctr().runOnce("nydus", stack.image(image), "stranger", "/bin/cat", "/etc/app.conf");

        assertThat(run.succeeded()).isFalse();
        assertThat(run.output()).contains(stack.image(image), "401").doesNotContain("wrong:");
        assertThat(stack.imageMounts()).isEmpty();
        assertThat(stack.snapshotter().daemons()).isEmpty();
    }

    @Test
    void thePasswordOfThePullIsHandedOn() throws Exception {
        String image = "handed/busybox:nydus6";
        TestEnvironment.goldenImage().push("nydus6", stack.registry(), image);
        stack.snapshotter().login("{}");

        stack.rpull(image).orFail();

        assertThat(stack.ctr()
                        .runOnce("nydus", stack.image(image), "known", "/bin/cat", "/etc/app.conf")
                        .orFail()
                        .out())
                .isEqualTo(NydusImages.GREETING);
        assertThat(stack.logs()).doesNotContain(stack.registry().user().password());
    }

    @Test
    void aDaemonThatEndsAtItsStartIsNamed() throws Exception {
        images.pull("nydus6");
        Path template = stack.snapshotter().template();
        String good = Files.readString(template);
        Files.writeString(template, good.replaceFirst("\\{", "{\"nonsense\": 1, "));
        try {
            Run run = images.cat("nydus6", "unlucky");

            assertThat(run.succeeded()).isFalse();
            assertThat(run.output()).contains(images.name("nydus6"), "ended with status 1", "nonsense is no key");
            assertThat(stack.imageMounts()).isEmpty();
            assertThat(stack.snapshotter().daemons()).isEmpty();
        } finally {
            Files.writeString(template, good);
        }
    }

    @Test
    void anImageThatWasSignedAndCopiedRuns() throws Exception {
        images.push("nydus6");
        try (Signing signing = Signing.in(TestEnvironment.directory(Signing.class), stack.registry())) {
            signing.copySigned(NydusImages.REPOSITORY + ":nydus6", NydusImages.REPOSITORY + ":signed");
            signing.copyChecked(NydusImages.REPOSITORY + ":signed", NydusImages.REPOSITORY + ":copied");
        }

        stack.rpull(NydusImages.REPOSITORY + ":copied").orFail();
        assertThat(images.cat("copied", "copied").orFail().out()).isEqualTo(NydusImages.GREETING);
    }

    @Test
    void aMissingBlobIsNamed() throws Exception {
        images.pull("nydus5");
        String gone = images.dataLayers("nydus5").getFirst();
        Path blob = stack.registry().blob(gone);
        Path aside = blob.resolveSibling("aside");
        Files.move(blob, aside);
        try {
            Run run = images.cat("nydus5", "incomplete");

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
                        NydusImages.REPOSITORY + ":without",
                        List.of(
                                Map.of("containerd.io/snapshot/nydus-blob", "true"),
                                Map.of("containerd.io/snapshot/nydus-bootstrap", "true")));

        Run run = stack.rpull(NydusImages.REPOSITORY + ":without");

        assertThat(run.succeeded()).isFalse();
        assertThat(run.output()).contains("there is no image/image.boot in it");
    }
}
