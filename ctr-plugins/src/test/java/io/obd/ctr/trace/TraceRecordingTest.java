package io.obd.ctr.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.ctr.client.Containerd;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.fake.FakeContainerd;
import io.obd.ctr.fake.StoredImage;
import io.obd.image.LayerAnnotations;
import io.obd.registry.Descriptor;
import io.obd.registry.ImageConfiguration;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a program in the place of ctr that does what backend and container do to the files of a trace. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class TraceRecordingTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

    /** Makes the lock, and the trace when the lock is gone. */
    private static final String ATTACHES = """
            for word; do case $word in *record-trace-path=*) trace=${word#*path=} ;; esac; done
            printf '%s\\n' "$@" >"$0.arguments"
            : >"$trace.lock"
            (while [ -e "$trace.lock" ]; do sleep 0.05; done; printf 'twenty-four bytes and so' >"$trace"; : >"$trace.ok") &
            """;

    /** There is a task then; "exit 3" is its own end. */
    private static final String STARTS = """
            for word; do case $last in --pid-file) echo 7 >"$word" ;; esac; last=$word; done
            """;

    private static final String RECORDS = ATTACHES + STARTS;

    @TempDir
    Path dir;

    private final StringWriter out = new StringWriter();
    private FakeContainerd containerd;
    private StoredImage images;

    @BeforeEach
    void start() throws Exception {
        containerd = new FakeContainerd(dir.resolve("c.sock"));
        images = new StoredImage(containerd);
        byte[] blob = "a layer".getBytes(StandardCharsets.UTF_8);
        Descriptor layer = images.blob(MediaTypes.OCI_LAYER, blob)
                .withAnnotations(Map.of(
                        LayerAnnotations.BLOB_DIGEST,
                        "sha256:" + "0".repeat(64),
                        LayerAnnotations.BLOB_FS_TYPE,
                        "ext4"));
        images.put("old", List.of(layer), List.of(layer.digest()));
    }

    @AfterEach
    void stop() throws Exception {
        containerd.close();
    }

    @Test
    void aTraceBecomesTheTopLayer() throws Exception {
        record(request(program(RECORDS + "exit 3\n"), List.of("sh", "-c", "true"), 10));

        Manifest manifest = images.manifest("new");
        assertThat(manifest.mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
        assertThat(manifest.layers()).hasSize(2);
        Descriptor layer = manifest.layers().getLast();
        assertThat(layer.mediaType()).isEqualTo(MediaTypes.OCI_LAYER);
        assertThat(layer.annotations())
                .containsEntry(LayerAnnotations.ACCELERATION_LAYER, "yes")
                .containsEntry(LayerAnnotations.BLOB_DIGEST, layer.digest().toString())
                .containsEntry(LayerAnnotations.BLOB_SIZE, Long.toString(layer.size()))
                .containsEntry(LayerAnnotations.BLOB_FS_TYPE, "ext4")
                .containsEntry(LayerAnnotations.VERSION, "0.1.0");
        assertThat(untar(images.bytes(layer.digest().toString()))).isEqualTo("-r--r--r-- twenty-four bytes and so");
        ImageConfiguration config =
                ImageConfiguration.parse(images.bytes(manifest.config().digest().toString()));
        assertThat(config.diffIds()).last().isEqualTo(layer.digest());
        assertThat(config.tree().path("history").findValuesAsText("created_by"))
                .containsExactly("Acceleration Layer", "ADD");
        assertThat(config.tree().path("created").asText()).isEqualTo(NOW.toString());
        assertThat(config.tree().path("config").path("Cmd").get(0).asText()).isEqualTo("/bin/sh");
        assertThat(containerd.content.labels.get(images.target("new")))
                .containsEntry(
                        "containerd.io/gc.ref.content.l.1", layer.digest().toString());
        assertThat(containerd.leases.held).isEmpty();
        assertThat(arguments())
                .containsSubsequence("run", "--rm", "--snapshotter", "overlaybd", "--runtime", "a.runtime")
                .contains("containerd.io/snapshot/overlaybd/record-trace=yes")
                .endsWith("sh", "-c", "true");
        assertThat(out.toString()).contains("Task finished before timeout", "New image new is created");
    }

    @Test
    void theWorkingDirectoryIsEmptyAfterwards() throws Exception {
        record(request(program(RECORDS), List.of(), 10));

        try (Stream<Path> files = Files.list(dir.resolve("work"))) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aContainerIsAskedToEndWhenItsTimeIsOver() throws Exception {
        record(request(program(RECORDS + "trap 'exit 143' TERM; while :; do sleep 0.1; done\n"), List.of(), 1));

        assertThat(out.toString()).contains("Timeout, stop recording ...");
        assertThat(images.manifest("new").layers()).hasSize(2);
    }

    @Test
    void aListOfFilesNeedsNoContainer() throws Exception {
        record(ofList(Files.writeString(dir.resolve("list"), "/usr/bin/python3\n")));

        Descriptor layer = images.manifest("new").layers().getLast();
        assertThat(untar(images.bytes(layer.digest().toString()))).isEqualTo("-r--r--r-- /usr/bin/python3\n");
    }

    @Test
    void aListMayComeOutOfAPipe() throws Exception {
        Path pipe = dir.resolve("pipe");
        run("mkfifo", pipe.toString());
        Thread writer = Thread.startVirtualThread(() -> {
            try {
                Files.writeString(pipe, "/usr/bin/python3\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        record(ofList(pipe));

        writer.join();
        Descriptor layer = images.manifest("new").layers().getLast();
        assertThat(untar(images.bytes(layer.digest().toString()))).isEqualTo("-r--r--r-- /usr/bin/python3\n");
    }

    @Test
    void aListThatCannotBeTakenIsNamed() throws Exception {
        Path none = dir.resolve("none");
        assertThatThrownBy(() -> record(ofList(none))).hasMessageContaining("--priority_list " + none);
        assertThatThrownBy(() -> record(ofList(dir))).hasMessageContaining("--priority_list " + dir);
        Path empty = Files.createFile(dir.resolve("empty"));
        assertThatThrownBy(() -> record(ofList(empty)))
                .hasMessageStartingWith("--priority_list " + empty + " is empty");
        Path tooLong = Files.write(dir.resolve("long"), new byte[64 * 1024 + 1]);
        assertThatThrownBy(() -> record(ofList(tooLong)))
                .hasMessageStartingWith("--priority_list " + tooLong + " is too long: from 1 to 65536 bytes");
    }

    @Test
    void theTimeBeginsWithTheTask() throws Exception {
        record(request(program(ATTACHES + "sleep 2\n" + STARTS + "exit 3\n"), List.of(), 1));

        assertThat(out.toString()).contains("Task finished before timeout");
        assertThat(images.manifest("new").layers()).hasSize(2);
    }

    @Test
    void aContainerThatIsNotStartedMakesNoImage() throws Exception {
        RecordingRequest request = request(program(ATTACHES + "exit 1\n"), List.of("/nope"), 10);

        assertThatThrownBy(() -> record(request))
                .isInstanceOf(CtrException.class)
                .hasMessageContaining("the container was not started: ctr run ended with exit code 1");
        assertThat(containerd.images.byName).containsOnlyKeys("old");
        assertThat(containerd.leases.held).isEmpty();
    }

    @Test
    void aWorkingDirectoryThatCannotBeMadeIsNamed() {
        RecordingRequest request = new RecordingRequest(
                "old",
                "new",
                List.of(),
                Optional.empty(),
                Duration.ofSeconds(1),
                Path.of("/proc/none"),
                "overlaybd",
                "a.runtime",
                Optional.empty());

        assertThatThrownBy(() -> record(request))
                .hasMessage("the working directory /proc/none cannot be used: /proc/none: no such file or directory");
    }

    @Test
    void aBackendThatWritesNothingIsNotWaitedForWithoutEnd() throws Exception {
        RecordingRequest request = request(program(STARTS), List.of(), 1);

        assertThatThrownBy(() -> record(request)).hasMessageContaining("has not written the trace within 1 s");
    }

    @Test
    void onlyOverlaybdImagesWithoutATraceGetOne() throws Exception {
        Descriptor plain = images.blob(MediaTypes.OCI_LAYER, new byte[] {1});
        images.put("plain", List.of(plain), List.of(plain.digest()));
        record(request(program(RECORDS), List.of(), 10));

        assertThatThrownBy(() -> record(of("plain", "another"))).hasMessage("plain is not an overlaybd image");
        assertThatThrownBy(() -> record(of("new", "another"))).hasMessage("new has an acceleration layer already");
        assertThatThrownBy(() -> record(of("none", "another"))).hasMessage("there is no image none in containerd");
        assertThatThrownBy(() -> record(of("old", "new"))).hasMessage("there is an image new already");
    }

    private void record(RecordingRequest request) throws Exception {
        SystemCtr ctr = new SystemCtr(dir.resolve("ctr").toString(), containerd.socket(), "default");
        try (Containerd client = Containerd.connect(containerd.socket(), "default");
                StopRequest stop = StopRequest.handle(Duration.ofSeconds(1))) {
            new TraceRecording(client, ctr, stop, new PrintWriter(out), Clock.fixed(NOW, ZoneOffset.UTC))
                    .run(request, Duration.ofSeconds(10));
        }
    }

    private RecordingRequest ofList(Path list) {
        return request("old", "new", List.of(), Optional.of(list), 10);
    }

    private RecordingRequest of(String image, String target) {
        return request(image, target, List.of(), Optional.empty(), 10);
    }

    private RecordingRequest request(Path program, List<String> command, int seconds) {
        assertThat(program).exists();
        return request("old", "new", command, Optional.empty(), seconds);
    }

    private RecordingRequest request(
            String image, String target, List<String> command, Optional<Path> list, int seconds) {
        return new RecordingRequest(
                image,
                target,
                command,
                list,
                Duration.ofSeconds(seconds),
                dir.resolve("work"),
                "overlaybd",
                "a.runtime",
                Optional.empty());
    }

    private Path program(String body) throws Exception {
        Path program = Files.writeString(dir.resolve("ctr"), "#!/bin/sh\n" + body);
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> arguments() throws Exception {
        return Files.readAllLines(dir.resolve("ctr.arguments"));
    }

    /** Mode and content of the only file, as tar sees them. */
    private String untar(byte[] tar) throws Exception {
        Path file = Files.write(dir.resolve("layer.tar"), tar);
        String list = run("tar", "-tvf", file.toString());
        assertThat(list).endsWith(" trace\n");
        return list.substring(0, 10) + " " + run("tar", "-xOf", file.toString(), "trace");
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
