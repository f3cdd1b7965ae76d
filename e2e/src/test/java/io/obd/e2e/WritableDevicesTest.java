package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Containers that write to a block device of their own. */
@Tag("e2e")
class WritableDevicesTest {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual().snapshotter("rwMode", "dev"));

    private static final String IMAGE = "golden/busybox:v1_obd";

    @BeforeAll
    static void anImageIsPulledLazily() throws Exception {
        TestEnvironment.goldenImage().push("v1_obd", STACK.get().registry(), IMAGE);
        STACK.get().rpull(IMAGE).orFail();
    }

    @Test
    void whatAContainerWroteToItsDeviceCanBeCommittedAndRun() throws Exception {
        Ctr ctr = STACK.get().ctr();
        String image = STACK.get().repository(IMAGE);
        ctr.runDetached("overlaybd", image, "writer", "/bin/sh", "-c", "echo one > /note; sync; exec sleep 600");
        Await.until(
                "the note",
                Duration.ofSeconds(30),
                () -> ctr.exec("writer", "/bin/cat", "/note").succeeded());
        assertThat(ctr.exec("writer", "/bin/cat", "/proc/mounts").orFail().out())
                .containsPattern("(?m)^/dev/\\S+ / ext4 rw");
        assertThat(STACK.get().imageMounts()).isEmpty();
        end("writer");

        snapshot("commit", "committed", "writer").orFail();
        snapshot("label", "committed", "containerd.io/gc.root=now").orFail();
        ctr.run("container", "rm", "--keep-snapshot", "writer").orFail();
        assertThat(snapshot("info", "committed").orFail().out()).contains("overlaybd.sealed");

        snapshot("prepare", "again", "committed").orFail();
        Path root = Files.createDirectories(STACK.get().directory().resolve("again"));
        mountedAt(root, "again");
        try {
            Run run =
                    ctr.run("run", "--rm", "--rootfs", root.toString(), "reader", "/bin/cat", "/note", "/etc/app.conf");
            assertThat(run.orFail().out()).isEqualTo("one\ngreeting=hello from layer two\n");
        } finally {
            Commands.in(STACK.get().directory()).run("umount", root.toString());
        }
        snapshot("rm", "again").orFail();
        snapshot("rm", "committed").orFail();
    }

    private static void end(String container) throws Exception {
        Ctr ctr = STACK.get().ctr();
        ctr.run("task", "kill", "--signal", "SIGKILL", container).orFail();
        Await.until(
                "the task to end",
                Duration.ofSeconds(20),
                () -> ctr.run("task", "rm", container).succeeded());
    }

    private static Run snapshot(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("snapshot", "--snapshotter", "overlaybd"));
        command.addAll(Arrays.asList(arguments));
        return STACK.get().ctr().run(command);
    }

    /** Mounts a snapshot as containerd would; ctr prints the command. */
    private static void mountedAt(Path directory, String key) throws Exception {
        String mount =
                snapshot("mounts", directory.toString(), key).orFail().out().strip();
        Commands.in(STACK.get().directory())
                .run(Arrays.asList(mount.split("\\s+")))
                .orFail();
    }
}
