package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong outside is named, with its cause, where the user looks. */
@Tag("e2e")
class ErrorsTest {
    private static final Duration REFUSAL_LIMIT = Duration.ofSeconds(30);
    private static final String IMAGE = "golden/busybox:v1_obd";

    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual().backend("ioTimeoutSeconds", 5));

    private final Stack stack = STACK.get();

    @BeforeAll
    static void anImageIsInTheRegistry() throws Exception {
        TestEnvironment.goldenImage().push("v1_obd", STACK.get().registry(), IMAGE);
    }

    /** Every test begins without the image, and with nothing of it in the cache. */
    @AfterEach
    void nothingIsKept() throws Exception {
        stack.ctr().clear();
        stack.backend().stop();
        emptyCache();
        stack.backend().configure(stack.registry(), Map.of("ioTimeoutSeconds", 5));
        stack.backend().start();
    }

    @Test
    void registryDownAtAttach() throws Exception {
        stack.rpull(IMAGE).orFail();
        stack.registry().stop();
        try {
            Run run = run("down");

            assertThat(run.succeeded()).isFalse();
            assertThat(run.output()).contains(stack.registry().host());
            assertThat(run.took()).isLessThan(Duration.ofSeconds(30));
        } finally {
            stack.registry().start();
        }
    }

    @Test
    void whatWasDownloadedNeedsNoRegistry() throws Exception {
        assertThat(stack.rpull(IMAGE, stack.registry().user(), "--download-blobs")
                        .orFail()
                        .out())
                .contains("asked for with --download-blobs");
        stack.registry().stop();
        try {
            assertThat(run("here").orFail().out()).isEqualTo("greeting=hello from layer two\n");
        } finally {
            stack.registry().start();
        }
    }

    @Test
    void wrongPasswordAtThePull() throws Exception {
        Run pull = stack.rpull(IMAGE, new Registry.User("alice", "wrong"));

        assertThat(pull.succeeded()).isFalse();
        assertThat(pull.output())
                .contains("401")
                .contains(stack.registry().host())
                .doesNotContain("wrong\"");
    }

    @Test
    void wrongPasswordOfTheBackend() throws Exception {
        stack.rpull(IMAGE).orFail();
        Files.writeString(
                stack.backend().credentials(), stack.registry().credentials(new Registry.User("alice", "wrong")));

        Run run = run("password");

        assertThat(run.succeeded()).isFalse();
        assertThat(run.output()).contains("401").contains(stack.registry().host());
    }

    @Test
    void unknownImage() throws Exception {
        Run pull = stack.rpull("golden/busybox:no-such-tag");
        Run convert = stack.convert("golden/busybox", "--input-tag", "no-such-tag", "--output-tag", "x");

        assertThat(pull.succeeded()).isFalse();
        assertThat(pull.output()).contains("no-such-tag").containsIgnoringCase("not found");
        assertThat(convert.succeeded()).isFalse();
        assertThat(convert.output()).contains("no-such-tag").containsIgnoringCase("not found");
    }

    @Test
    void registryDownAtThePull() throws Exception {
        stack.registry().stop();
        try {
            Run pull = stack.rpull(IMAGE);

            assertThat(pull.succeeded()).isFalse();
            assertThat(pull.output())
                    .contains(stack.registry().host())
                    .contains("cannot connect")
                    .contains("see whether the registry runs");
        } finally {
            stack.registry().start();
        }
    }

    @Test
    void missingBlob() throws Exception {
        String digest = bottomLayer();
        Path blob = stack.registry().blob(digest);
        Path aside = blob.resolveSibling("aside");
        stack.rpull(IMAGE).orFail();
        Files.move(blob, aside);
        try {
            Run run = run("missing");

            assertThat(run.succeeded()).isFalse();
            assertThat(run.output()).contains("404", "/v2/golden/busybox/blobs/" + digest);
        } finally {
            Files.move(aside, blob);
        }
    }

    /** containerd's own ctr does not say what the layers are that it unpacks. */
    @Test
    void missingLabels() throws Exception {
        stack.pull("overlaybd", IMAGE).orFail();

        assertThat(run("whole").orFail().out()).isEqualTo("greeting=hello from layer two\n");
        assertThat(stack.snapshotter().log().text())
                .contains(
                        "an overlaybd layer was downloaded whole: it was pulled without label containerd.io/snapshot.ref");
    }

    @Test
    void flippedByteInABlob() throws Exception {
        String digest = bottomLayer();
        Path blob = stack.registry().blob(digest);
        stack.rpull(IMAGE).orFail();
        flip(blob, Files.size(blob) / 3);
        try {
            Run run = run("flipped", "/bin/sha256sum", "/bin/busybox", "/data/noise.bin", "/data/text.txt");

            assertThat(run.succeeded()).isFalse();
            assertThat(run.output() + stack.backend().log().text())
                    .contains(digest.substring(0, 19))
                    .contains("CRC");
        } finally {
            flip(blob, Files.size(blob) / 3);
        }
    }

    @Test
    void truncatedBlob() throws Exception {
        String digest = bottomLayer();
        Path blob = stack.registry().blob(digest);
        byte[] whole = Files.readAllBytes(blob);
        stack.rpull(IMAGE).orFail();
        try (RandomAccessFile file = new RandomAccessFile(blob.toFile(), "rw")) {
            file.setLength(whole.length / 2);
        }
        try {
            Run run = run("truncated");

            assertThat(run.succeeded()).isFalse();
            assertThat(run.output() + stack.backend().log().text()).contains(digest.substring(0, 19));
        } finally {
            Files.write(blob, whole);
        }
    }

    @Test
    void fullCacheDirectory() throws Exception {
        Commands commands = Commands.in(stack.directory());
        stack.backend().stop();
        commands.run(
                        "mount",
                        "-t",
                        "tmpfs",
                        "-o",
                        "size=64k",
                        "none",
                        stack.backend().cache().toString())
                .orFail();
        try {
            stack.backend().start();
            stack.rpull(IMAGE).orFail();

            Run run = run("full").orFail();

            assertThat(run.out()).isEqualTo("greeting=hello from layer two\n");
            assertThat(stack.backend().log().text())
                    .containsIgnoringCase("no space left")
                    .contains(stack.backend().cache().toString());
        } finally {
            stack.ctr().clear();
            stack.backend().stop();
            commands.run("umount", stack.backend().cache().toString()).orFail();
            stack.backend().start();
        }
    }

    /** Too small for what is downloaded, and for what is made of it: a layer of 1.5 MB becomes one of 2.5 MB. */
    @ParameterizedTest
    @ValueSource(strings = {"256k", "2m"})
    void fullWorkingDirectoryOfTheConvertor(String size) throws Exception {
        TestEnvironment.goldenImage().push("v1", stack.registry(), "golden/busybox:v1");
        Path work = Files.createDirectories(stack.directory().resolve("work"));
        Commands commands = Commands.in(stack.directory());
        commands.run("mount", "-t", "tmpfs", "-o", "size=" + size, "none", work.toString())
                .orFail();
        try {
            Run run = stack.convert(
                    "golden/busybox", "-i", "v1", "-o", "full", "--dir", work.toString(), "--db-type", "none");

            assertThat(run.succeeded()).isFalse();
            assertThat(run.output())
                    .contains("cannot write to " + work, "No space left on device", "name one on a larger disk");
            assertThat(stack.rpull("golden/busybox:full").succeeded()).isFalse();
            try (Stream<Path> left = Files.list(work)) {
                assertThat(left).isEmpty();
            }
        } finally {
            commands.run("umount", work.toString()).orFail();
        }
    }

    @Test
    void backendNotRunning() throws Exception {
        stack.rpull(IMAGE).orFail();
        stack.backend().stop();

        Run run = run("backend");

        assertThat(run.succeeded()).isFalse();
        assertThat(run.output())
                .contains("overlaybd-tcmu")
                .contains(stack.backend().controlSocket().toString());
    }

    @Test
    void corruptConfigurationOfTheBackend() throws Exception {
        stack.backend().stop();
        Files.writeString(stack.backend().configuration(), """
                {
                  "logPath": "",
                  "ioTimeoutSeconds": "soon"
                }
                """);

        assertRefused(stack.backend().launch(), stack.backend().configuration() + ":3", "ioTimeoutSeconds");
    }

    @Test
    void unparsableConfigurationOfTheBackend() throws Exception {
        stack.backend().stop();
        Files.writeString(stack.backend().configuration(), "{\n  \"logPath\": \"\",\n  \"ioTimeoutSeconds\" 5\n}\n");

        assertRefused(stack.backend().launch(), stack.backend().configuration() + ":3");
    }

    @Test
    void corruptConfigurationOfTheSnapshotter() throws Exception {
        Path copy = stack.snapshotter().configuration();
        String good = Files.readString(copy);
        stack.snapshotter().stop();
        Files.writeString(copy, good.replace("\"autoRemoveDev\" : false", "\"autoRemoveDev\" : 7"));
        try {
            assertRefused(stack.snapshotter().launch(), copy + ":", "autoRemoveDev");
        } finally {
            Files.writeString(copy, good);
            stack.snapshotter().start();
        }
    }

    private static void assertRefused(Daemon daemon, String... words) throws IOException, InterruptedException {
        int status = daemon.awaitEnd(REFUSAL_LIMIT);

        assertThat(status).isNotZero();
        assertThat(daemon.log().text()).contains(words).doesNotContain("\tat ");
    }

    private Run run(String id, String... program) throws IOException, InterruptedException {
        return stack.ctr()
                .runOnce(
                        "overlaybd",
                        stack.repository(IMAGE),
                        id,
                        program.length == 0 ? new String[] {"/bin/cat", "/etc/app.conf"} : program);
    }

    private String bottomLayer() throws IOException, InterruptedException {
        return stack.registry().manifest(IMAGE).at("/layers/0/digest").asText();
    }

    private void emptyCache() throws IOException {
        if (Files.exists(stack.backend().cache())) {
            Directories.delete(stack.backend().cache());
        }
        Files.createDirectories(stack.backend().cache());
    }

    private static void flip(Path file, long offset) throws IOException {
        try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
            data.seek(offset);
            int value = data.read();
            data.seek(offset);
            data.write(value ^ 0x40);
        }
    }
}
