package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pulls that a containerd 2.x does itself, on behalf of its own ctr. */
@Tag("e2e")
class TransferServiceTest {
    private static final String IMAGE = "golden/busybox:v1_obd";

    @RegisterExtension
    static final RunningStack STACK = new RunningStack(TestEnvironment::withSecondContainerd);

    private final Stack stack = STACK.get();

    @BeforeAll
    static void anImageIsInTheRegistry() throws Exception {
        TestEnvironment.goldenImage().push("v1_obd", STACK.get().registry(), IMAGE);
    }

    @AfterEach
    void nothingIsKept() throws Exception {
        stack.ctr().clear();
    }

    @Test
    void itsPullIsLazy() throws Exception {
        Traffic before = stack.registry().traffic();

        stack.pull("overlaybd", IMAGE).orFail();

        long config = stack.registry().manifest(IMAGE).at("/config/size").asLong();
        assertThat(stack.registry().traffic().since(before).blobBytes()).isEqualTo(config);
        assertThat(stack.ctr()
                        .runOnce("overlaybd", stack.repository(IMAGE), "lazy", "/bin/cat", "/etc/app.conf")
                        .orFail()
                        .out())
                .isEqualTo("greeting=hello from layer two\n");
    }

    /** With {@code --local} ctr does the pull, and it does not say what a layer is. */
    @Test
    void aPullByCtrItselfDownloadsTheLayersAndTheLogSaysWhy() throws Exception {
        stack.pull("overlaybd", IMAGE, "--local").orFail();

        assertThat(stack.ctr()
                        .runOnce("overlaybd", stack.repository(IMAGE), "local", "/bin/cat", "/etc/app.conf")
                        .orFail()
                        .out())
                .isEqualTo("greeting=hello from layer two\n");
        assertThat(stack.snapshotter().log().text()).contains("pulled without label containerd.io/snapshot.ref");
    }
}
