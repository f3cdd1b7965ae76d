package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code ctr obdconv --dbstr}: images of containerd that are converted into a registry, each layer once. */
@Tag("e2e")
@Tag("mariadb")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeduplicatedInContainerdTest {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private static final String SOURCE = "golden/busybox:v1";
    private MariaDb database;

    @BeforeAll
    void start() throws Exception {
        database = MariaDb.start(TestEnvironment.directory(MariaDb.class));
    }

    @AfterAll
    void stop() {
        database.close();
    }

    @BeforeEach
    void anOrdinaryImageIsInContainerd() throws Exception {
        TestEnvironment.goldenImage().push("v1", stack().registry(), SOURCE);
        stack().pull("overlayfs", SOURCE).orFail();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        stack().ctr().clear();
        assertThat(stack().ctr().snapshots("overlaybd")).isEmpty();
        assertThat(stack().leftovers().loopDevices()).isEmpty();
    }

    @Test
    void layersAreConvertedOnceForTheWholeRegistry() throws Exception {
        Run first = convert(database.dsn(), "a/app:obd").orFail();
        Run again = convert(database.dsn(), "a/app:again").orFail();
        Run elsewhere = convert(database.dsn(), "b/app:obd").orFail();

        assertThat(first.out())
                .startsWith("filesystem type: ext4\ndatabase config string: convertor@tcp(")
                .contains(": converted, ", ": lazy, ")
                .doesNotContain("p:w@1");
        assertThat(again.out()).doesNotContain(": converted, ");
        assertThat(elsewhere.out()).contains(": converted before").doesNotContain(": converted, ");
        assertThat(stack().registry().manifest("a/app:again"))
                .isEqualTo(stack().registry().manifest("a/app:obd"));
        assertThat(stack().registry().manifest("b/app:obd"))
                .isEqualTo(stack().registry().manifest("a/app:obd"));
        assertThat(database.query("select distinct repo from overlaybd_layers order by repo"))
                .containsExactly("a/app", "b/app");
        assertThat(run("b/app:obd").orFail().out()).isEqualTo("greeting=hello from layer two\n");
    }

    @Test
    void otherFileSystemsAreConvertedAnewAndRun() throws Exception {
        Run run = convert(database.dsn(), "c/app:xfs", "--vsize", "1", "--fstype", "xfs;nouuid;-f")
                .orFail();

        assertThat(run.out()).contains(": converted, ", ": lazy, ");
        assertThat(run("c/app:xfs").orFail().out()).isEqualTo("greeting=hello from layer two\n");
    }

    @Test
    void aServerThatIsNotThereIsNamedWithoutThePassword() throws Exception {
        Run run = convert("convertor:very secret@tcp(127.0.0.1:1)/conversion", "d/app:obd");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .contains("convertor@tcp(127.0.0.1:1)/conversion cannot be opened")
                .doesNotContain("very secret");
    }

    private static Run convert(String dsn, String target, String... flags) throws Exception {
        List<String> command = new ArrayList<>(List.of("obdconv", "--dbstr", dsn));
        command.addAll(List.of(flags));
        command.addAll(List.of(
                "--user",
                stack().registry().user().pair(),
                "--tlscacert",
                stack().registry().authority().toString(),
                "--control-socket",
                stack().backend().controlSocket().toString(),
                stack().repository(SOURCE),
                stack().repository(target)));
        return stack().ctr().run(command);
    }

    private static Run run(String image) throws Exception {
        return stack().ctr().runOnce("overlaybd", stack().repository(image), "once", "/bin/cat", "/etc/app.conf");
    }

    private static Stack stack() {
        return STACK.get();
    }
}
