package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A mirror that a hosts.toml names, for the pull and for the reads of the backend. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MirrorsTest {
    private static final String IMAGE = "golden/busybox:v1_obd";
    private static final Registry.User READER = new Registry.User("reader", "mirror secret");

    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    @TempDir
    static Path directory;

    private Registry mirror;

    @BeforeAll
    void theImageIsInBoth() throws Exception {
        Stack stack = STACK.get();
        mirror = Registry.start(directory, READER);
        TestEnvironment.goldenImage().push("v1_obd", stack.registry(), IMAGE);
        TestEnvironment.goldenImage().push("v1_obd", mirror, IMAGE);
        Path directory =
                stack.backend().hostsDirectory().resolve(stack.registry().host());
        Files.writeString(Files.createDirectories(directory).resolve("hosts.toml"), """
                [host."https://%s"]
                  capabilities = ["pull", "resolve"]
                  ca = "%s"
                  header.Authorization = "%s"
                """.formatted(
                        mirror.host(), mirror.authority(), authorization()));
    }

    @AfterEach
    void nothingIsKept() throws Exception {
        Stack stack = STACK.get();
        stack.ctr().clear();
        stack.backend().stop();
        Directories.delete(stack.backend().cache());
        Files.createDirectories(stack.backend().cache());
        stack.backend().start();
    }

    @AfterAll
    void theMirrorEnds() throws Exception {
        mirror.close();
    }

    @Test
    void whatAMirrorHasIsNotFetchedFromTheRegistry() throws Exception {
        Registry registry = STACK.get().registry();
        Traffic before = registry.traffic();

        Run pull = rpull("--http-dump", "--http-trace").orFail();
        run("mirrored");

        assertThat(registry.traffic().since(before).requests()).isEmpty();
        assertThat(mirror.traffic().blobBytes()).isPositive();
        assertThat(pull.err())
                .contains("HEAD https://" + mirror.host() + "/v2/golden/busybox/manifests/v1_obd?ns=")
                .contains("TLSv1.3 with", "> Authorization: <hidden>", "\"schemaVersion\"")
                .doesNotContain(READER.password(), authorization().substring("Basic ".length()))
                .doesNotContain(registry.user().password());
    }

    @Test
    void theRegistryServesWhatADeadMirrorDoesNot() throws Exception {
        Registry registry = STACK.get().registry();
        mirror.stop();
        try {
            Traffic before = registry.traffic();

            Run pull = rpull("--http-trace").orFail();
            run("fallen-back");

            assertThat(pull.err()).contains("no connection to " + mirror.host() + ": java.net.ConnectException");
            assertThat(registry.traffic().since(before).blobBytes()).isPositive();
        } finally {
            mirror.start();
        }
    }

    private static Run rpull(String... flags) throws Exception {
        Stack stack = STACK.get();
        List<String> all = new ArrayList<>(
                List.of("--hosts-dir", stack.backend().hostsDirectory().toString()));
        all.addAll(List.of(flags));
        return stack.rpull(IMAGE, stack.registry().user(), all.toArray(String[]::new));
    }

    private static void run(String id) throws Exception {
        Stack stack = STACK.get();
        Run run = stack.ctr()
                .runOnce("overlaybd", stack.repository(IMAGE), id, "/bin/cat", "/etc/app.conf")
                .orFail();
        assertThat(run.out()).isNotEmpty();
    }

    private static String authorization() {
        return "Basic " + Base64.getEncoder().encodeToString(READER.pair().getBytes(StandardCharsets.UTF_8));
    }
}
