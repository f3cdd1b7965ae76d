package io.obd.ctr.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.FakeKernel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The attacher where no backend listens on its control socket. */
class AttacherTest {
    @TempDir
    private Path dir;

    private final FakeKernel kernel = new FakeKernel();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private String config = "";

    @BeforeEach
    void write() throws Exception {
        config = Files.writeString(dir.resolve("config.v1.json"), "{\"lowers\":[{\"file\":\"/layer\"}]}")
                .toString();
    }

    @Test
    void attachPrintsTheDeviceAndDetachTakesItAway() {
        assertThat(run("attach", "--id", "7", "--config", config)).isZero();
        assertThat(out.toString()).isEqualTo("/dev/sda\n");
        assertThat(kernel.log).anyMatch(step -> step.endsWith("/dev_7/control dev_config=overlaybd/" + config));

        assertThat(run("detach", "--id", "7")).isZero();
        assertThat(kernel.log.getLast()).matches("rmdir .*/user_999999999/dev_7");
        assertThat(run("detach", "--id", "7")).isZero();
    }

    @Test
    void theBackendIsToldTheIdIfThatIsAskedFor() {
        assertThat(run("attach", "--id", "7", "--config", config, "--with-devid"))
                .isZero();

        assertThat(kernel.log).anyMatch(step -> step.endsWith("dev_config=overlaybd/" + config + ";7"));
    }

    @Test
    void fiveAttemptsAreMadeAndNothingStays() {
        AtomicInteger asked = new AtomicInteger();
        kernel.backend = () -> {
            asked.incrementAndGet();
            throw new ErrnoException("write", Errno.ENOENT.number());
        };

        assertThat(run("attach", "--id", "7", "--config", config)).isEqualTo(1);
        assertThat(asked).hasValue(5);
        assertThat(out.toString()).isEmpty();
        assertThat(kernel.log.getLast()).matches("rmdir .*/user_999999999/dev_7");
    }

    @Test
    void anAttemptThatSucceedsIsTheLast() {
        AtomicInteger asked = new AtomicInteger();
        kernel.backend = () -> {
            if (asked.incrementAndGet() < 3) {
                throw new ErrnoException("write", Errno.EIO.number());
            }
        };

        assertThat(run("attach", "--id", "7", "--config", config)).isZero();
        assertThat(asked).hasValue(3);
        assertThat(out.toString()).isEqualTo("/dev/sda\n");
    }

    @Test
    void aBackendThatDoesNotAnswerIsAskedOnceAndTheProcessCanEnd() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        kernel.refusal = refused::countDown;
        kernel.backend = () -> {
            await(refused);
            ended.countDown();
        };

        assertThat(run("attach", "--id", "7", "--config", config, "--timeout", "1"))
                .isEqualTo(1);
        await(ended);
        assertThat(kernel.log.getLast()).matches("rmdir .*/user_999999999/dev_7");
        assertThat(kernel.log).filteredOn(step -> step.endsWith("/enable 1")).hasSize(1);
        assertThat(run("attach", "--id", "7", "--config", config, "--timeout", "0"))
                .isEqualTo(2);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IOException("the test has forgotten us");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void anIdIsNoPath() {
        assertThat(run("attach", "--id", "../7", "--config", config)).isEqualTo(2);
        assertThat(run("detach", "--id", "..")).isEqualTo(2);
        assertThat(err.toString()).contains("--id: letters, digits");
        assertThat(kernel.log).isEmpty();
    }

    @Test
    void withoutTheKernelsModuleNothingIsTried() {
        kernel.unloadModule();

        assertThat(run("attach", "--id", "7", "--config", config)).isEqualTo(1);
        assertThat(kernel.log).isEmpty();
    }

    @Test
    void whatIsNoSpecificationIsNotAttached() throws Exception {
        Files.writeString(Path.of(config), "[]");

        assertThat(run("attach", "--id", "7", "--config", config)).isEqualTo(1);
        assertThat(kernel.log).isEmpty();
    }

    @Test
    void eachCommandSaysWhatItTakes() {
        for (String command : List.of("attach", "detach")) {
            assertThat(run(command, "--help")).isZero();
            assertThat(out.toString()).contains("overlaybd-attacher " + command).contains("--id=ID");
        }
        assertThat(err.toString()).isEmpty();
    }

    private int run(String... arguments) {
        CommandLine line = Main.commandLine(new Attacher(kernel::disks, Duration.ZERO));
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--control-socket";
        all[arguments.length + 1] = dir.resolve("nobody.sock").toString();
        return line.execute(all);
    }
}
