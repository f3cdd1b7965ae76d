package io.obd.e2e;

import io.obd.bench.FigureTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long a container takes to its first output when nothing of its image is here and the registry is far away: as
 * converted, and with a trace that was recorded before. Both take turns. Started by {@code bench/first-start}.
 */
public final class FirstStartFigures {
    private static final String REPOSITORY = "bench/image";
    private static final String PLAIN = REPOSITORY + ":v1_obd";
    private static final String TRACED = REPOSITORY + ":traced";
    private static final Duration DISTANCE = Duration.ofMillis(50);
    private static final int ROUNDS = 5;

    /** Reads some hundred files here and there. */
    private static final String[] PROGRAM = {
        "/usr/bin/python3", "-c", "import json, ssl, sqlite3, http.server, xml.dom.minidom, email.message; print(1)"
    };

    private final Stack stack;
    private final FigureTable table = new FigureTable(System.out);

    private FirstStartFigures(Stack stack) {
        this.stack = stack;
    }

    /** Takes the repository's directory and that of the image. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "overlaybd-bench-");
        try (Stack stack = Stack.start(
                directory,
                Installation.at(Path.of(arguments[0], "dist/target/root")),
                Stack.Settings.usual().throughAProxy())) {
            FirstStartFigures figures = new FirstStartFigures(stack);
            figures.images(Path.of(arguments[1]));
            figures.starts();
        }
        Directories.delete(directory);
    }

    /** Both images are made while the registry is near. */
    private void images(Path image) throws IOException, InterruptedException {
        stack.registry().push("oci:" + image.resolve("layout") + ":latest", REPOSITORY + ":v1");
        stack.convert(REPOSITORY, "--input-tag", "v1", "--oci", "--output-tag", "v1_obd")
                .orFail();
        // containerd pushes only what it has.
        stack.rpull(PLAIN, stack.registry().user(), "--download-blobs").orFail();
        List<String> record = new ArrayList<>(List.of(
                "record-trace",
                "--disable-network-isolation",
                "--working-dir",
                stack.directory().resolve("traces").toString(),
                stack.repository(PLAIN),
                stack.repository(TRACED)));
        record.addAll(List.of(PROGRAM));
        stack.ctr().run(record).orFail();
        stack.ctr()
                .run(
                        "image",
                        "push",
                        "--tlscacert",
                        stack.registry().authority().toString(),
                        "--user",
                        stack.registry().user().pair(),
                        stack.repository(TRACED))
                .orFail();
        stack.ctr().clear();
    }

    private void starts() throws IOException, InterruptedException {
        stack.proxy().setDistance(DISTANCE);
        List<Duration> plain = new ArrayList<>();
        List<Duration> traced = new ArrayList<>();
        table.section(
                "first start, registry " + DISTANCE.toMillis() + " ms away",
                "ctr rpull IMAGE; ctr run --rm --snapshotter overlaybd IMAGE ID " + String.join(" ", PROGRAM));
        table.row("load", load());
        start(PLAIN, "warm"); // the daemons' code is compiled, for both alike
        for (int round = 0; round < ROUNDS; round++) {
            plain.add(start(PLAIN, "plain-" + round));
            traced.add(start(TRACED, "traced-" + round));
        }
        table.row("as converted", plain);
        table.row("with a trace", traced);
        table.row(
                "ratio of the medians",
                String.format(
                        Locale.ROOT,
                        "%.2f",
                        (double) FigureTable.median(plain).toMillis()
                                / FigureTable.median(traced).toMillis()));
        table.row("load", load());
    }

    /** From the run to the first output, with the image pulled and nothing of its layers here. */
    private Duration start(String image, String id) throws IOException, InterruptedException {
        stack.backend().stop();
        Directories.delete(stack.backend().cache());
        stack.backend().start();
        Traffic before = stack.registry().traffic();
        stack.rpull(image).orFail();
        Run run = stack.ctr()
                .runOnce("overlaybd", stack.repository(image), id, PROGRAM)
                .orFail();
        Traffic traffic = stack.registry().traffic().since(before);
        table.row(
                id,
                "%d ms, %d requests, %.1f MB"
                        .formatted(run.firstOutput().toMillis(), traffic.blobRequests(), traffic.blobBytes() / 1e6));
        stack.ctr().clear();
        return run.firstOutput();
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).strip();
    }
}
