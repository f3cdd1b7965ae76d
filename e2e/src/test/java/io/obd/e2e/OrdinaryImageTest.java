package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ordinary OCI images through the same snapshotter. */
@Tag("e2e")
class OrdinaryImageTest {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private static final String IMAGE = "debian/python:v1";

    @BeforeAll
    static void anOrdinaryImageIsInTheRegistry() throws Exception {
        STACK.get().registry().push(TestEnvironment.debianImage().source(), IMAGE);
    }

    @Test
    void anOrdinaryImagePullsAndRuns() throws Exception {
        Stack stack = STACK.get();
        stack.pull("overlaybd", IMAGE).orFail();
        String name = stack.registry().host() + "/" + IMAGE;

        Run run = stack.ctr()
                .runOnce("overlaybd", name, "ordinary", "python3", "/srv/app/hello.py")
                .orFail();
        stack.ctr().runDetached("overlaybd", name, "tree", "sleep", "600");

        assertThat(run.out()).startsWith("hello from 3.");
        assertThat(new TreeComparer(TreeComparer.Except.DIRECTORY_LINKS, TreeComparer.Except.DIRECTORY_TIMES)
                        .differences(
                                Tree.read(TestEnvironment.debianImage().tree()),
                                Tree.read(stack.containerd().rootfs("tree"))))
                .isEmpty();
    }

    @Test
    void theSnapshotterNeedsNoBackendForThem() throws Exception {
        Stack stack = STACK.get();
        stack.backend().stop();
        try {
            stack.rpull(IMAGE).orFail();
            assertThat(stack.ctr()
                            .runOnce("overlaybd", stack.repository(IMAGE), "alone", "python3", "-c", "print(6 * 7)")
                            .orFail()
                            .out())
                    .isEqualTo("42\n");
        } finally {
            stack.backend().start();
        }
    }

    @Test
    void aLayerThatCameAsATarIsReadFromADevice() throws Exception {
        Path directory = Files.createDirectories(STACK.get().directory().resolve("tar"));
        Path files = Files.createDirectories(directory.resolve("files/etc"));
        Files.writeString(files.resolve("note"), "in the tar");
        Files.write(files.resolve("zeros"), new byte[100_000]);
        snapshot("prepare", "extract").orFail();
        Path tar = mountOf("extract", directory).resolveSibling("layer.tar");
        Commands.in(directory)
                .run("tar", "-C", directory.resolve("files").toString(), "-cf", tar.toString(), "etc")
                .orFail();
        snapshot("commit", "converted", "extract").orFail();
        snapshot("label", "converted", "containerd.io/gc.root=now").orFail();

        snapshot("view", "look", "converted").orFail();
        Path seen = mountOf("look", directory);
        assertThat(Commands.in(directory)
                        .run("findmnt", "-n", "-o", "FSTYPE", seen.toString())
                        .orFail()
                        .out())
                .isEqualTo("ext4\n");
        assertThat(seen.resolve("etc/note")).hasContent("in the tar");
        assertThat(Files.readAllBytes(seen.resolve("etc/zeros"))).isEqualTo(new byte[100_000]);
        snapshot("rm", "look").orFail();
        snapshot("rm", "converted").orFail();
    }

    private Run snapshot(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("snapshot", "--snapshotter", "overlaybd"));
        command.addAll(Arrays.asList(arguments));
        return STACK.get().ctr().run(command);
    }

    /** What a snapshot's mount is of; ctr prints a command for mount(8). */
    private Path mountOf(String key, Path directory) throws Exception {
        String mount =
                snapshot("mounts", directory.toString(), key).orFail().out().strip();
        return Path.of(mount.split("\\s+")[3]);
    }
}
