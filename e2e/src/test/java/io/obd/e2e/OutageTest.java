package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The registry goes away under a running container, and comes back. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OutageTest {
    /** The usual limit of 60 s when there is time for it. */
    private static final int LIMIT_SECONDS = Boolean.getBoolean("e2e.long") ? 60 : 5;

    @RegisterExtension
    static final RunningStack STACK =
            new RunningStack(Stack.Settings.usual().backend("ioTimeoutSeconds", LIMIT_SECONDS));

    /** Large, and not needed to start a container. */
    private static final String FILE = "usr/bin/perl";

    private static final String IMAGE = "debian/python:v1_obd";

    private Path root() {
        return STACK.get().containerd().rootfs("reader");
    }

    @BeforeAll
    void aContainerRuns() throws Exception {
        Stack stack = STACK.get();
        stack.registry().push(TestEnvironment.debianImage().source(), "debian/python:v1");
        stack.convert("debian/python", "--input-tag", "v1", "--oci", "--output-tag", "v1_obd")
                .orFail();
        stack.rpull(IMAGE).orFail();
        stack.ctr().runDetached("overlaybd", stack.repository(IMAGE), "reader", "sleep", "600");
        echo("the shell is cached now");
    }

    @Test
    @Order(1)
    void readersOfWhatIsNotCachedFailWithinTheLimit() throws Exception {
        STACK.get().registry().stop();

        Run read = read("iflag=direct");

        assertThat(read.succeeded()).isFalse();
        assertThat(read.err()).contains("Input/output error");
        assertThat(read.took()).isLessThan(Duration.ofSeconds(LIMIT_SECONDS + 10));
        assertThat(STACK.get().backend().log().text())
                .contains(STACK.get().registry().host());
    }

    @Test
    @Order(2)
    void whatIsCachedCanStillBeRead() throws Exception {
        assertThat(echo("still here")).isEqualTo("still here\n");
    }

    @Test
    @Order(3)
    void whenTheRegistryIsBackTheSameMountWorks() throws Exception {
        STACK.get().registry().start();

        Run read = read("iflag=direct");

        assertThat(read.err()).contains("copied");
        assertThat(read.orFail().took()).isLessThan(Duration.ofSeconds(LIMIT_SECONDS + 10));
        Run compared = Commands.in(STACK.get().directory())
                .run(
                        "cmp",
                        root().resolve(FILE).toString(),
                        TestEnvironment.debianImage().tree().resolve(FILE).toString());
        assertThat(compared.orFail().output()).isEmpty();
    }

    private static String echo(String words) throws Exception {
        STACK.get()
                .ctr()
                .exec("reader", "sh", "-c", "echo " + words + " > /said")
                .orFail();
        return Files.readString(STACK.get().containerd().rootfs("reader").resolve("said"));
    }

    private Run read(String flag) throws Exception {
        return Commands.in(STACK.get().directory())
                .within(Duration.ofSeconds(LIMIT_SECONDS * 4L))
                .run("dd", "if=" + root().resolve(FILE), "of=/dev/null", "bs=1M", flag);
    }
}
