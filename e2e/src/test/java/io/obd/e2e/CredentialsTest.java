package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Passwords that nobody has written into the backend's file, and the mirrors of the snapshotter. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CredentialsTest {
    private static final String IMAGE = "golden/busybox:v1_obd";
    private static final String NOBODY = "{\"auths\": {}}";
    private static final Registry.User READER = new Registry.User("reader", "mirror secret");

    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    @TempDir
    static Path directory;

    private Registry mirror;
    private Path docker;

    @BeforeAll
    void theImageIsInBothRegistries() throws Exception {
        Stack stack = STACK.get();
        docker = directory.resolve("config.json");
        mirror = Registry.start(directory.resolve("mirror"), READER);
        TestEnvironment.goldenImage().push("v1_obd", stack.registry(), IMAGE);
        TestEnvironment.goldenImage().push("v1_obd", mirror, IMAGE);
        stack.backend()
                .configure(
                        stack.registry(),
                        Map.of(
                                "registry",
                                Map.of(
                                        "caFiles",
                                        List.of(
                                                stack.registry().authority().toString(),
                                                mirror.authority().toString()))));
        Files.writeString(stack.backend().credentials(), NOBODY);
        restartBackend();
    }

    @AfterEach
    void nothingIsKept() throws Exception {
        STACK.get().ctr().clear();
        restartBackend();
    }

    @AfterAll
    void theMirrorEnds() {
        mirror.close();
    }

    @Test
    void dockersFileIsEnough() throws Exception {
        Stack stack = STACK.get();
        Files.writeString(docker, stack.registry().credentials(stack.registry().user()));
        configure(List.of());

        // A backend that does not answer the pull is told by the snapshotter alone.
        Run pull = stack.rpull(IMAGE, stack.registry().user(), "--control-socket", "/nowhere")
                .orFail();
        run("docker").orFail();

        assertThat(pull.err())
                .contains("/nowhere")
                .doesNotContain(stack.registry().user().password());
        assertThat(stack.logs()).doesNotContain(stack.registry().user().password());
    }

    @Test
    void thePasswordOfThePullIsHandedOn() throws Exception {
        Stack stack = STACK.get();
        Files.writeString(docker, NOBODY);
        configure(List.of());

        stack.rpull(IMAGE, stack.registry().user(), "--control-socket", "/nowhere")
                .orFail();
        Run refused = run("unknown");
        assertThat(refused.succeeded()).isFalse();
        assertThat(refused.output()).contains("401").contains(stack.registry().host());

        stack.rpull(IMAGE, stack.registry().user()).orFail();
        run("known").orFail();
    }

    @Test
    void theSnapshotterIsToldThePasswordOfThePull() throws Exception {
        Stack stack = STACK.get();
        Files.writeString(docker, NOBODY);
        configure(List.of());

        stack.rpullThroughSnapshotter(IMAGE, stack.registry().user()).orFail();

        assertThat(stack.ctr().run("content", "ls", "-q").orFail().out())
                .doesNotContain(stack.registry()
                        .manifest(IMAGE)
                        .get("layers")
                        .valueStream()
                        .map(layer -> layer.get("digest").asText())
                        .toArray(String[]::new));
        run("told").orFail();
        assertThat(stack.logs()).doesNotContain(stack.registry().user().password());
    }

    @Test
    void mirrorsAreAskedInTheirOrderAndTheRegistryIsNotNeeded() throws Exception {
        Stack stack = STACK.get();
        Files.writeString(docker, mirror.credentials(READER));
        configure(List.of(
                Map.of("host", "127.0.0.1:1", "insecure", true), Map.of("host", mirror.host(), "insecure", false)));
        stack.rpull(IMAGE, stack.registry().user(), "--control-socket", "/nowhere")
                .orFail();
        Traffic before = mirror.traffic();

        stack.registry().stop();
        try {
            run("mirrored").orFail();
        } finally {
            stack.registry().start();
        }

        assertThat(mirror.traffic().since(before).blobBytes()).isPositive();
    }

    @Test
    void theRegistryServesWhatNoMirrorDoes() throws Exception {
        Stack stack = STACK.get();
        Files.writeString(docker, stack.registry().credentials(stack.registry().user()));
        configure(List.of(Map.of("host", "127.0.0.1:1", "insecure", true)));

        stack.rpull(IMAGE, stack.registry().user(), "--control-socket", "/nowhere")
                .orFail();
        run("fallen-back").orFail();
    }

    private void configure(List<Map<String, Object>> mirrors) throws Exception {
        Snapshotter snapshotter = STACK.get().snapshotter();
        snapshotter.stop();
        snapshotter.configure(
                STACK.get().backend().controlSocket(),
                Map.of("mirrorRegistry", mirrors, "credentials", Map.of("dockerConfig", docker.toString())));
        snapshotter.start();
    }

    private static void restartBackend() throws Exception {
        Backend backend = STACK.get().backend();
        backend.stop();
        Directories.delete(backend.cache());
        Files.createDirectories(backend.cache());
        backend.start();
    }

    private static Run run(String id) throws Exception {
        Stack stack = STACK.get();
        return stack.ctr().runOnce("overlaybd", stack.repository(IMAGE), id, "/bin/cat", "/etc/app.conf");
    }
}
