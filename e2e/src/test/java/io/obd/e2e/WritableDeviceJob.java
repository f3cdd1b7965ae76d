package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A container that writes to a block device of its own, its commit, and a container on that. */
abstract class WritableDeviceJob {
    private static final String IMAGE = "golden/busybox:v1_obd";

    abstract Stack stack();

    /** How many devices are mounted for one container. */
    abstract int mounts();

    @BeforeEach
    void anImageIsPulledLazily() throws Exception {
        TestEnvironment.goldenImage().push("v1_obd", stack().registry(), IMAGE);
        stack().rpull(IMAGE).orFail();
    }

    @Test
    void whatAContainerWroteToItsDeviceCanBeCommittedAndRun() throws Exception {
        Ctr ctr = stack().ctr();
        String image = stack().repository(IMAGE);
        ctr.runDetached("overlaybd", image, "writer", "/bin/sh", "-c", "echo one > /note; sync; exec sleep 600");
        Await.until(
                "the note",
                Duration.ofSeconds(30),
                () -> ctr.exec("writer", "/bin/cat", "/note").succeeded());
        assertThat(ctr.exec("writer", "/bin/cat", "/proc/mounts").orFail().out())
                .containsPattern("(?m)^/dev/\\S+ / ext4 rw");
        assertThat(stack().imageMounts()).hasSize(mounts());
        end("writer");

        snapshot("commit", "committed", "writer").orFail();
        snapshot("label", "committed", "containerd.io/gc.root=now").orFail();
        ctr.run("container", "rm", "--keep-snapshot", "writer").orFail();
        assertThat(snapshot("info", "committed").orFail().out()).contains("overlaybd.sealed");

        snapshot("prepare", "again", "committed").orFail();
        Path root = Files.createDirectories(stack().directory().resolve("again"));
        mountedAt(root, "again");
        try {
            Run run =
                    ctr.run("run", "--rm", "--rootfs", root.toString(), "reader", "/bin/cat", "/note", "/etc/app.conf");
            assertThat(run.orFail().out()).isEqualTo("one\ngreeting=hello from layer two\n");
        } finally {
            Commands.in(stack().directory()).run("umount", root.toString());
        }
        snapshot("rm", "again").orFail();
        snapshot("rm", "committed").orFail();
    }

    private void end(String container) throws Exception {
        Ctr ctr = stack().ctr();
        ctr.run("task", "kill", "--signal", "SIGKILL", container).orFail();
        Await.until(
                "the task to end",
                Duration.ofSeconds(20),
                () -> ctr.run("task", "rm", container).succeeded());
    }

    private Run snapshot(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("snapshot", "--snapshotter", "overlaybd"));
        command.addAll(Arrays.asList(arguments));
        return stack().ctr().run(command);
    }

    /** Mounts a snapshot as containerd would; ctr prints the command. */
    private void mountedAt(Path directory, String key) throws Exception {
        String mount =
                snapshot("mounts", directory.toString(), key).orFail().out().strip();
        Commands.in(stack().directory()).run(Arrays.asList(mount.split("\\s+"))).orFail();
    }
}
