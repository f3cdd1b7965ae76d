package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two snapshotters with one backend: their snapshots have the same numbers, their devices have not. */
@Tag("e2e")
class TenantsTest {
    private static final String IMAGE = "golden/busybox:v1_obd";

    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private final Stack stack = STACK.get();

    @Test
    void tenantsDoNotGetEachOthersDevices() throws Exception {
        TestEnvironment.goldenImage().push("v1_obd", stack.registry(), IMAGE);
        Path directory = stack.directory().resolve("tenant");
        Map<String, String> environment = Map.of("JAVA_HOME", System.getProperty("java.home"));
        Installation installation = TestEnvironment.installation();
        try (Snapshotter other = new Snapshotter(directory, installation, environment);
                Containerd containerd = new Containerd(
                        directory.resolve("c"), installation, ContainerdRelease.installed(), environment)) {
            other.configure(stack.backend().controlSocket(), Map.of("tenant", 7));
            other.start();
            containerd.configure(other.socket(), other.root(), null);
            containerd.start();
            try {
                Ctr neighbour = containerd.ctr(containerd.namespace() + "-7");
                stack.rpull(IMAGE).orFail();
                neighbour
                        .run(stack.rpullCommand(IMAGE, stack.registry().user()))
                        .orFail();
                stack.ctr().runDetached("overlaybd", stack.repository(IMAGE), "one", "/bin/sleep", "600");
                neighbour.runDetached("overlaybd", stack.repository(IMAGE), "two", "/bin/sleep", "600");

                List<Path> devices = stack.leftovers().loopDevices();
                stack.ctr().clear();

                assertThat(devices).hasSize(2);
                assertThat(stack.leftovers().loopDevices()).hasSize(1);
                assertThat(neighbour
                                .runOnce("overlaybd", stack.repository(IMAGE), "three", "/bin/cat", "/etc/app.conf")
                                .orFail()
                                .out())
                        .isEqualTo("greeting=hello from layer two\n");
                neighbour.clear();
                assertThat(stack.leftovers().loopDevices()).isEmpty();
            } finally {
                new Leftovers(directory).sweep();
            }
        }
    }
}
