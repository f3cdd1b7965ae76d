package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An image that the original tools converted runs here: native, and as turboOCI with both of its file systems. */
@Tag("e2e")
class OriginalsImageTest {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private static final String REPOSITORY = "golden/busybox";

    /** Layers of the source, which the turboOCI images refer to. */
    private static final List<String> SOURCE_LAYERS = List.of("sha256:17befb98", "sha256:ccb0e312");

    @BeforeAll
    static void theSourceIsInTheSameRepository() throws Exception {
        TestEnvironment.goldenImage().push("v1", STACK.get().registry(), REPOSITORY + ":v1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1_obd", "v1_turbo", "v1_turbo_erofs"})
    void itRunsAndItsTreeEqualsTheListing(String tag) throws Exception {
        TestEnvironment.goldenImage().push(tag, STACK.get().registry(), REPOSITORY + ":" + tag);

        assertRunsAsListed(tag);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1_obd", "v1_turbo"})
    void soItDoesWithItsBlobsDownloaded(String tag) throws Exception {
        TestEnvironment.goldenImage().push(tag, STACK.get().registry(), REPOSITORY + ":" + tag);
        STACK.get().ctr().clear();

        assertRunsAsListed(tag, "--download-blobs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "erofs"})
    void soItDoesWhenItsSourceIsConvertedToTurboOciHere(String fileSystem) throws Exception {
        String tag = "ours_" + fileSystem;
        STACK.get()
                .convert(REPOSITORY, "-i", "v1", "--turboOCI", tag, "--fstype", fileSystem)
                .orFail();

        assertRunsAsListed(tag);
    }

    /** As {@code --mkfs=false} has it: on a layer that holds nothing but an ext4. */
    @Test
    void soItDoesAsTurboOciOnABaseLayer() throws Exception {
        Path directory = Files.createDirectories(STACK.get().directory().resolve("base"));
        Path base = directory.resolve("ext4_1");
        Commands commands = Commands.in(directory);
        Installation programs = TestEnvironment.installation();
        commands.run(programs.tool("overlaybd-create"), "data", "index", "1", "-s", "--mkfs")
                .orFail();
        commands.run(programs.tool("overlaybd-commit"), "data", "index", base.toString(), "-z")
                .orFail();

        STACK.get()
                .convert(
                        REPOSITORY,
                        "-i",
                        "v1",
                        "--turboOCI",
                        "ours_on_base",
                        "--mkfs=false",
                        "--base-layer",
                        base.toString())
                .orFail();

        assertThat(STACK.get().registry().manifest(REPOSITORY + ":ours_on_base").get("layers"))
                .hasSize(SOURCE_LAYERS.size() + 1);
        assertRunsAsListed("ours_on_base");
    }

    private static void assertRunsAsListed(String tag, String... pullFlags) throws Exception {
        Stack stack = STACK.get();
        GoldenImage golden = TestEnvironment.goldenImage();
        String image = REPOSITORY + ":" + tag;
        List<Path> before = stack.imageMounts();

        stack.rpull(image, stack.registry().user(), pullFlags).orFail();
        Run run = stack.ctr()
                .runOnce("overlaybd", stack.repository(image), "cat-" + tag, "/bin/cat", "/etc/app.conf")
                .orFail();
        assertThat(run.out()).isEqualTo("greeting=hello from layer two\n");

        stack.ctr().runDetached("overlaybd", stack.repository(image), tag, "/bin/sleep", "600");
        List<Path> mounts = new ArrayList<>(stack.imageMounts());
        mounts.removeAll(before);
        assertThat(mounts).hasSize(1);
        assertThat(golden.differences(Tree.read(mounts.getFirst()))).isEmpty();
        assertThat(stack.ctr().run("content", "ls", "-q").orFail().out()).doesNotContain(SOURCE_LAYERS);
    }
}
