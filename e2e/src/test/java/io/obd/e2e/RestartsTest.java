package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers go on while what serves them is restarted, and come back after a reboot. */
@Tag("e2e")
class RestartsTest {
    private static final String IMAGE = "golden/busybox:v1_obd";

    /** Their sums are read from the image, and it takes all of its blocks. */
    private static final String[] SUMS = {"/bin/sha256sum", "/data/noise.bin", "/data/text.txt"};

    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private final Stack stack = STACK.get();

    @BeforeAll
    static void anImageIsInTheRegistry() throws Exception {
        TestEnvironment.goldenImage().push("v1_obd", STACK.get().registry(), IMAGE);
    }

    /** Every test begins with nothing of the image in the cache. */
    @BeforeEach
    void theImageIsPulledLazily() throws Exception {
        stack.backend().stop();
        Directories.delete(stack.backend().cache());
        Files.createDirectories(stack.backend().cache());
        stack.backend().start();
        stack.rpull(IMAGE).orFail();
    }

    @AfterEach
    void removingAllLeavesNothing() throws Exception {
        stack.ctr().clear();

        assertThat(stack.ctr().snapshots("overlaybd")).isEmpty();
        assertThat(stack.leftovers().loopDevices()).isEmpty();
        assertThat(stack.imageMounts()).isEmpty();
    }

    @Test
    void aLazyPullNeedsNoBackend() throws Exception {
        stack.ctr().clear();
        stack.backend().stop();

        stack.rpull(IMAGE).orFail();

        assertThat(stack.leftovers().loopDevices()).isEmpty();
        stack.backend().start();
        assertThat(greeting("later")).isEqualTo("greeting=hello from layer two\n");
    }

    @Test
    void theSnapshotterIsKilledUnderAContainer() throws Exception {
        runDetached("reader");
        stack.snapshotter().kill();
        stack.snapshotter().start();

        stack.ctr().exec("reader", SUMS).orFail();
        awaitContainerd();
        assertThat(greeting("next")).isEqualTo("greeting=hello from layer two\n");
        assertThat(stack.leftovers().loopDevices()).hasSize(1);
    }

    @Test
    void theBackendIsKilledUnderAContainer() throws Exception {
        runDetached("reader");
        stack.backend().kill();
        stack.backend().restart();

        stack.ctr().exec("reader", SUMS).orFail();
        Await.until(
                "the backend to answer",
                Daemon.START_LIMIT,
                () -> Daemon.accepts(stack.backend().address()));
        assertThat(greeting("next")).isEqualTo("greeting=hello from layer two\n");
        assertThat(stack.leftovers().loopDevices()).hasSize(1);
    }

    @Test
    void containerdIsRestartedUnderAContainer() throws Exception {
        runDetached("reader");
        stack.containerd().stop();
        stack.containerd().start();

        stack.ctr().exec("reader", SUMS).orFail();
        assertThat(greeting("next")).isEqualTo("greeting=hello from layer two\n");
    }

    /** In each mode: what a container wrote is there after a reboot, which takes all mounts, devices and processes away. */
    @ParameterizedTest
    @ValueSource(strings = {"overlayfs", "dir"})
    void containersComeBackAfterAReboot(String mode) throws Exception {
        runDetached("kept", "--snapshotter-label", "containerd.io/snapshot/overlaybd.writable=" + mode);
        stack.ctr().exec("kept", "/bin/sh", "-c", "echo written > /note; sync").orFail();

        reboot();

        assertThat(stack.leftovers().loopDevices()).isEmpty();
        stack.ctr().run("task", "start", "--detach", "kept").orFail();
        assertThat(stack.containerd().rootfs("kept").resolve("note")).hasContent("written\n");
        stack.ctr().exec("kept", SUMS).orFail();
    }

    private void runDetached(String id, String... flags) throws Exception {
        List<String> command = new ArrayList<>(List.of("run", "-d", "--snapshotter", "overlaybd"));
        command.addAll(List.of(flags));
        command.addAll(List.of(stack.repository(IMAGE), id, "/bin/sleep", "600"));
        stack.ctr().run(command).orFail();
    }

    private String greeting(String id) throws Exception {
        return stack.ctr()
                .runOnce("overlaybd", stack.repository(IMAGE), id, "/bin/cat", "/etc/app.conf")
                .orFail()
                .out();
    }

    private void reboot() throws Exception {
        stack.ctr().removeTask("kept");
        stack.containerd().kill();
        stack.snapshotter().kill();
        stack.backend().kill();
        stack.leftovers().sweep();
        stack.backend().start();
        stack.snapshotter().start();
        stack.containerd().start();
    }

    /** containerd waits a moment before it connects again. */
    private void awaitContainerd() throws Exception {
        Await.until(
                "containerd to find the snapshotter again",
                Daemon.START_LIMIT,
                () -> stack.ctr()
                        .run("snapshot", "--snapshotter", "overlaybd", "ls")
                        .succeeded());
    }
}
