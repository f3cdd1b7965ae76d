package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.StatusException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a kubelet is told, and puts into a pod's events, when the way to the image is broken. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PodErrorsTest {
    private static final String IMAGE = "golden/busybox:v1_obd";
    private static final Map<String, Object> SETTINGS = Map.of("ioTimeoutSeconds", 5);

    @RegisterExtension
    static final RunningStack STACK =
            new RunningStack(Stack.Settings.usual().withPods().backend("ioTimeoutSeconds", 5));

    private Cri cri;
    private Cri.Pod pod;

    @BeforeAll
    void aPodRuns() throws Exception {
        Stack stack = STACK.get();
        TestEnvironment.goldenImage().push("v1_obd", stack.registry(), IMAGE);
        TestEnvironment.goldenImage().push("v1", stack.registry(), Stack.SANDBOX_IMAGE, "/bin/sleep", "1000000");
        cri = new Cri(stack.containerd().socket());
        cri.pull(stack.repository(Stack.SANDBOX_IMAGE), stack.registry().user());
        pod = cri.runPod("errors");
    }

    /** Every test begins without the image, and with nothing of it in the cache. */
    @AfterEach
    void nothingOfTheImageIsKept() throws Exception {
        Stack stack = STACK.get();
        cri.removeImage(stack.repository(IMAGE));
        stack.backend().stop();
        Directories.delete(stack.backend().cache());
        Files.createDirectories(stack.backend().cache());
        stack.backend().configure(stack.registry(), SETTINGS);
        stack.backend().start();
    }

    @AfterAll
    void nothingRuns() throws Exception {
        if (cri != null) {
            cri.removePods();
            cri.close();
            STACK.get().containerd().ctr(Cri.NAMESPACE).clear();
        }
    }

    @Test
    void wrongPasswordOfAPod() {
        Stack stack = STACK.get();

        String reason = reason(() -> cri.pull(stack.repository(IMAGE), new Registry.User("alice", "wrong")));

        assertThat(reason)
                .contains("401", stack.registry().host())
                .containsIgnoringCase("unauthorized")
                .doesNotContain("wrong");
    }

    @Test
    void wrongPasswordOfTheBackend() throws Exception {
        Stack stack = STACK.get();
        Files.writeString(
                stack.backend().credentials(), stack.registry().credentials(new Registry.User("alice", "wrong")));

        assertThat(startFailure())
                .contains("401", "https://" + stack.registry().host() + "/v2/golden/busybox/blobs/sha256:")
                .contains(stack.backend().credentials().toString())
                .doesNotContain("wrong");
    }

    @Test
    void backendNotRunning() throws Exception {
        STACK.get().backend().stop();

        assertThat(startFailure())
                .contains("overlaybd-tcmu")
                .contains(STACK.get().backend().controlSocket().toString());
    }

    @Test
    void missingBlob() throws Exception {
        Registry registry = STACK.get().registry();
        String digest = registry.manifest(IMAGE).at("/layers/1/digest").asText();
        Path blob = registry.blob(digest);
        Path aside = blob.resolveSibling("aside");
        Files.move(blob, aside);
        try {
            assertThat(startFailure()).contains("404", registry.host() + "/v2/golden/busybox/blobs/" + digest);
        } finally {
            Files.move(aside, blob);
        }
    }

    @Test
    void registryDown() throws Exception {
        Stack stack = STACK.get();
        cri.pull(stack.repository(IMAGE), stack.registry().user());
        stack.registry().stop();
        try {
            String start = reason(() -> cri.startContainer(pod, "down", stack.repository(IMAGE), "/bin/true"));
            String pull = reason(() -> cri.pull(
                    stack.repository("golden/busybox:other"), stack.registry().user()));

            assertThat(start).contains(stack.registry().host()).containsIgnoringCase("connect");
            assertThat(pull).contains(stack.registry().host()).contains("connection refused");
        } finally {
            stack.registry().start();
        }
    }

    /** Pulls the image and tries to run a container from it. */
    private String startFailure() throws StatusException {
        Stack stack = STACK.get();
        cri.pull(stack.repository(IMAGE), stack.registry().user());
        return reason(() -> cri.startContainer(pod, "failing", stack.repository(IMAGE), "/bin/true"));
    }

    private static String reason(ThrowingCallable call) {
        StatusException failure = catchThrowableOfType(StatusException.class, call);
        return String.valueOf(failure.getMessage());
    }
}
