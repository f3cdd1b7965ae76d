package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code ctr record-trace}: an image that says what to fetch first. */
@Tag("e2e")
class RecordedTraceTest {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private static final String LABEL = "containerd.io/snapshot/overlaybd/";
    private static final String ACCELERATION = LABEL + "acceleration-layer";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String IMAGE = "golden/busybox:v1_obd";
    /** Where Debian's containernetworking-plugins are. */
    private static final String CNI_PLUGINS = "/usr/lib/cni";

    private static final String TRACED = "golden/busybox:traced";

    /** With its layers, since containerd pushes only what it has. */
    @BeforeEach
    void anImageIsPulled() throws Exception {
        TestEnvironment.goldenImage().push("v1_obd", stack().registry(), IMAGE);
        assertThat(stack().rpull(IMAGE, stack().registry().user(), "--download-blobs")
                        .orFail()
                        .out())
                .contains("asked for with --download-blobs");
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        stack().ctr().clear();
        assertThat(stack().ctr().snapshots("overlaybd")).isEmpty();
        assertThat(stack().leftovers().loopDevices()).isEmpty();
    }

    @Test
    void whatAContainerReadsIsFetchedFirstTheNextTime() throws Exception {
        Run recording = record("--time", "60", "--disable-network-isolation", "--working-dir", work().toString())
                .orFail();
        assertThat(recording.out())
                .contains("greeting=hello from layer two", "Task finished before timeout", "New image ");
        try (Stream<Path> files = Files.list(work())) {
            assertThat(files).isEmpty();
        }
        push();
        stack().ctr().clear();
        JsonNode layers = stack().registry().manifest(TRACED).get("layers");
        assertThat(layers).hasSize(3);
        assertThat(layers.get(2).at("/annotations").get(ACCELERATION).asText()).isEqualTo("yes");

        stack().rpull(IMAGE).orFail();
        long without = startsWithin(IMAGE);
        stack().ctr().clear();
        assertThat(stack().rpull(TRACED).orFail().out()).contains("the list of what to prefetch");
        long with = startsWithin(TRACED);
        System.out.printf("first start: %d ms without a trace, %d ms with it%n", without, with);
    }

    /** How long it takes from a run to its output, in milliseconds. */
    private static long startsWithin(String image) throws Exception {
        long start = System.nanoTime();
        Run run = stack().ctr()
                .runOnce("overlaybd", stack().repository(image), "start", "/bin/cat", "/etc/app.conf")
                .orFail();
        assertThat(run.out()).isEqualTo("greeting=hello from layer two\n");
        return Duration.ofNanos(System.nanoTime() - start).toMillis();
    }

    @Test
    @Tag("cni")
    void theContainerIsInANetworkThatLeadsNowhere() throws Exception {
        List<String> command = new ArrayList<>(List.of("record-trace", "--time", "60", "--cni-plugin-dir"));
        command.addAll(List.of(CNI_PLUGINS, "--working-dir", work().toString()));
        command.addAll(List.of(stack().repository(IMAGE), stack().repository(TRACED), "/bin/cat"));
        command.addAll(List.of("/proc/net/dev", "/proc/net/route", "/proc/net/fib_trie"));
        try {
            Run recording = stack().ctr().run(command).orFail();

            assertThat(recording.out())
                    .doesNotContain("without interfaces")
                    .contains("eth0:", "10.99.0.", "Task finished before timeout", "New image ");
            // Interface, destination, gateway: what is on the bridge, and no way out.
            assertThat(recording.out().lines().filter(line -> line.startsWith("eth0\t")))
                    .singleElement()
                    .asString()
                    .startsWith("eth0\t0000630A\t00000000\t");
            assertThat(list(Path.of("/run/netns"))).noneMatch(name -> name.startsWith("record-trace-"));
            assertThat(list(Path.of("/var/lib/cni/networks/record-trace-cni")))
                    .noneMatch(name -> name.startsWith("10."));
        } finally {
            Commands.in(stack().directory()).run("ip", "link", "delete", "r-trace-br0");
        }
    }

    private static List<String> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** What ctr record-trace does, by hand. */
    @Test
    void labelsOfAContainerAskForATraceToo() throws Exception {
        Path trace = Files.createFile(stack().directory().resolve("by-hand"));
        List<String> command = new ArrayList<>(List.of("run", "-d", "--snapshotter", "overlaybd"));
        command.addAll(List.of("--snapshotter-label", LABEL + "record-trace=yes"));
        command.addAll(List.of("--snapshotter-label", LABEL + "record-trace-path=" + trace));
        command.addAll(List.of(stack().repository(IMAGE), "by-hand", "/bin/sleep", "600"));

        stack().ctr().run(command).orFail();
        Await.until("the trace is begun", LIMIT, () -> Files.exists(Path.of(trace + ".lock")));
        stack().ctr().clear();

        Await.until("the trace is written", LIMIT, () -> Files.exists(Path.of(trace + ".ok")));
        assertThat(trace).isNotEmptyFile();
    }

    @Test
    void aListOfFilesMakesAnImageThatRuns() throws Exception {
        Path list = Files.writeString(stack().directory().resolve("list"), "/bin/busybox\n/etc/app.conf\n");

        Run recording = stack().ctr()
                .run(
                        "record-trace",
                        "--priority_list",
                        list.toString(),
                        "--working-dir",
                        work().toString(),
                        stack().repository(IMAGE),
                        stack().repository(TRACED));

        assertThat(recording.orFail().out()).contains("Set priority list as acceleration layer");
        push();
        stack().ctr().clear();
        stack().rpull(TRACED).orFail();
        assertThat(startsWithin(TRACED)).isPositive();
    }

    @Test
    void theLayersOfALazyPullCanBeDownloadedLater() throws Exception {
        stack().ctr().clear();
        stack().rpull(IMAGE).orFail();

        Run second = stack().rpull(IMAGE, stack().registry().user(), "--download-blobs");

        assertThat(second.orFail().out()).contains("already there, ", " downloaded: asked for with --download-blobs");
        record("--time", "60", "--disable-network-isolation", "--working-dir", work().toString())
                .orFail();
        push();
    }

    @Test
    void aContainerThatCannotBeStartedMakesNoImage() throws Exception {
        List<String> command = new ArrayList<>(List.of("record-trace", "--time", "60", "--disable-network-isolation"));
        command.addAll(List.of("--working-dir", work().toString(), stack().repository(IMAGE)));
        command.addAll(List.of(stack().repository(TRACED), "/nope"));

        Run run = stack().ctr().run(command);

        assertThat(run.succeeded()).isFalse();
        assertThat(run.err()).contains("/nope", "the container was not started: ctr run ended with exit code 1");
        assertThat(stack().ctr().images()).containsExactly(stack().repository(IMAGE));
    }

    @Test
    void anOrdinaryImageGetsNone() throws Exception {
        TestEnvironment.goldenImage().push("v1", stack().registry(), "golden/busybox:v1");
        stack().pull("overlayfs", "golden/busybox:v1").orFail();

        Run run =
                stack().ctr().run("record-trace", stack().repository("golden/busybox:v1"), stack().repository(TRACED));

        assertThat(run.succeeded()).isFalse();
        assertThat(run.err()).contains("is not an overlaybd image");
    }

    private Run record(String... flags) throws Exception {
        List<String> command = Stream.of(
                        Stream.of("record-trace"),
                        Stream.of(flags),
                        Stream.of(stack().repository(IMAGE), stack().repository(TRACED), "/bin/cat", "/etc/app.conf"))
                .flatMap(words -> words)
                .toList();
        return stack().ctr().run(command);
    }

    private void push() throws Exception {
        stack().ctr()
                .run(
                        "image",
                        "push",
                        "--hosts-dir",
                        stack().registry().hostsDirectory().toString(),
                        "--user",
                        stack().registry().user().pair(),
                        stack().repository(TRACED))
                .orFail();
    }

    private static Path work() {
        return stack().directory().resolve("traces");
    }

    private static Stack stack() {
        return STACK.get();
    }
}
