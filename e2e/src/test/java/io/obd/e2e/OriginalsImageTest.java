package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An image that the original tools converted runs here. */
@Tag("e2e")
class OriginalsImageTest {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private static final String IMAGE = "golden/busybox:v1_obd";

    private static GoldenImage golden() {
        return TestEnvironment.goldenImage();
    }

    @BeforeAll
    static void itIsPulledLazily() throws Exception {
        golden().push("v1_obd", STACK.get().registry(), IMAGE);
        STACK.get().rpull(IMAGE).orFail();
    }

    @Test
    void itRuns() throws Exception {
        Run run = STACK.get()
                .ctr()
                .runOnce("overlaybd", STACK.get().repository(IMAGE), "cat", "/bin/cat", "/etc/app.conf")
                .orFail();

        assertThat(run.out()).isEqualTo("greeting=hello from layer two\n");
    }

    @Test
    void itsTreeEqualsTheListing() throws Exception {
        STACK.get().ctr().runDetached("overlaybd", STACK.get().repository(IMAGE), "tree", "/bin/sleep", "600");
        List<Path> mounts = STACK.get().imageMounts();

        assertThat(mounts).hasSize(1);
        assertThat(golden().differences(Tree.read(mounts.getFirst()))).isEmpty();
    }
}
