package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

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
}
