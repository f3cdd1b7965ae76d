package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code overlaybd-attacher}, with a backend and nothing else. */
@Tag("e2e")
class AttacherTest {
    private Path directory;
    private Backend backend;

    @BeforeEach
    void start() throws Exception {
        directory = TestEnvironment.directory(AttacherTest.class);
        backend = Backend.ofLocalLayers(directory.resolve("backend"), TestEnvironment.installation());
        backend.start();
    }

    @AfterEach
    void stop() throws Exception {
        backend.stop();
        new Leftovers(directory).sweep();
    }

    @Test
    void anImageIsAttachedByHandAndDetachedAgain() throws Exception {
        Path config = config("golden/blobs/6dcf9436bb41670c608659dffbcc1eac135f067ca0fe9f2cdbb8d95a51e342e7");

        Run attach =
                attacher("attach", "--id", "7", "--config", config.toString()).orFail();

        assertThat(attach.out()).matches("/dev/\\S+\n");
        assertThat(attach.err()).contains("device attached successfully");
        Path mount = Files.createDirectories(directory.resolve("mount"));
        Commands commands = Commands.in(directory);
        commands.run("mount", "-o", "ro", attach.out().strip(), mount.toString())
                .orFail();
        try {
            assertThat(mount.resolve("etc/app.conf")).hasContent("greeting=hello\n");
        } finally {
            commands.run("umount", mount.toString()).orFail();
        }
        attacher("detach", "--id", "7").orFail();
        attacher("detach", "--id", "7").orFail();
        assertThat(new Leftovers(directory).loopDevices()).isEmpty();
    }

    @Test
    void whatIsAttachedAlreadyKeepsItsDevice() throws Exception {
        String config = config("golden/blobs/6dcf9436bb41670c608659dffbcc1eac135f067ca0fe9f2cdbb8d95a51e342e7")
                .toString();

        String device =
                attacher("attach", "--id", "7", "--config", config).orFail().out();

        assertThat(attacher("attach", "--id", "7", "--config", config).orFail().out())
                .isEqualTo(device);
        attacher("detach", "--id", "7").orFail();
        assertThat(new Leftovers(directory).loopDevices()).isEmpty();
    }

    @Test
    void whatCannotBeAttachedIsTriedFiveTimesAndNamed() throws Exception {
        Run attach = attacher(
                "attach",
                "--id",
                "8",
                "--config",
                config("golden/no-such-layer").toString());

        assertThat(attach.status()).isEqualTo(1);
        assertThat(attach.out()).isEmpty();
        assertThat(attach.err())
                .contains("retry attempt 2/5 after error: ", "failed to attach device after 5 attempts: ")
                .contains("no-such-layer");
    }

    private Path config(String layer) throws Exception {
        Path file = TestEnvironment.sources().resolve("src/test/resources").resolve(layer);
        return Files.writeString(
                directory.resolve("config.v1.json"),
                Json.write(Map.of(
                        "repoBlobUrl",
                        "",
                        "lowers",
                        List.of(Map.of("file", file.toString())),
                        "upper",
                        Map.of(),
                        "resultFile",
                        "")));
    }

    private Run attacher(String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(TestEnvironment.installation().attacher()));
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("--control-socket", backend.controlSocket().toString()));
        return Commands.in(directory)
                .with(Map.of("JAVA_HOME", System.getProperty("java.home")))
                .run(command);
    }
}
