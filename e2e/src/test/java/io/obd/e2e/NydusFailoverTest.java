package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A supervised daemon for each image, told the password of the registry by the snapshotter alone. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NydusFailoverTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @RegisterExtension
    static final RunningNydusStack STACK = new RunningNydusStack(NydusStack.Settings.supervised());

    private NydusStack stack;
    private NydusImages images;

    @BeforeAll
    void start() {
        stack = STACK.get();
        images = STACK.images();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nydus5", "nydus6"})
    void theSuccessorOfADeadDaemonReadsWhatNobodyHasReadYet(String tag) throws Exception {
        ProcessHandle before = running(tag);

        before.destroyForcibly();

        awaitSuccessor(before);
        assertAllIsRead();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nydus5", "nydus6"})
    void theSuccessorOfAnUpgradeReadsWhatNobodyHasReadYet(String tag) throws Exception {
        ProcessHandle before = running(tag);
        String program = TestEnvironment.installation().nydus("nydusd");

        String answer =
                stack.snapshotter().ask("PUT", "/api/v1/daemons/upgrade", Json.write(Map.of("nydusd_path", program)));

        assertThat(answer).isEmpty();
        awaitSuccessor(before);
        assertAllIsRead();
    }

    private ProcessHandle running(String tag) throws IOException, InterruptedException {
        images.pull(tag);
        stack.ctr().runDetached("nydus", images.name(tag), "running", "/bin/sleep", "600");
        return stack.snapshotter().daemons().getFirst();
    }

    private void awaitSuccessor(ProcessHandle before) throws IOException, InterruptedException {
        Await.until(
                "another daemon alone",
                LIMIT,
                () -> stack.snapshotter().daemons().size() == 1
                        && !stack.snapshotter().daemons().contains(before),
                stack::logs);
    }

    private void assertAllIsRead() throws IOException, InterruptedException {
        assertThat(stack.imageMounts()).hasSize(1);
        assertThat(TestEnvironment.goldenImage()
                        .differences(Tree.read(stack.imageMounts().getFirst())))
                .isEmpty();
    }
}
