package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A host with many images: their devices are attached side by side, are no burden, and outlive the backend. */
@Tag("e2e")
class ManyDevicesTest {
    private static final int DEVICES = Boolean.getBoolean("e2e.long") ? 100 : 20;
    private static final int AT_ONCE = 8;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private Path directory;
    private LocalDevices devices;

    @BeforeEach
    void start() throws Exception {
        directory = TestEnvironment.directory(ManyDevicesTest.class);
        devices = LocalDevices.start(directory);
    }

    @AfterEach
    void stop() throws Exception {
        devices.end();
    }

    @Test
    void manyDevicesAreNoBurdenAndOutliveTheBackend() throws Exception {
        devices.specifyUpper("upper", 1);
        Commands.in(directory)
                .run(FioLoop.command(devices.attach("upper"), "--rw=write", "--do_verify=0"))
                .orFail();
        devices.detach("upper");
        devices.specifyCommit("upper", "layer");
        List<String> names =
                IntStream.range(0, DEVICES).mapToObj(i -> "device-" + i).toList();
        for (String name : names) {
            devices.specifyLayer(name, Path.of(devices.file("layer", "layer")));
        }

        long start = System.nanoTime();
        List<String> nodes = forEach(names, devices::attach);
        long attached = System.nanoTime() - start;
        long memory = residentBytes(devices.backend().process());
        forEach(nodes, this::verify);
        devices.backend().kill();
        devices.backend().restart();
        forEach(nodes, this::verify);
        Await.until(
                "the backend to answer",
                LIMIT,
                () -> Daemon.accepts(devices.backend().address()));

        System.out.printf("%d devices: attached in %d ms, %d MB%n", DEVICES, attached / 1_000_000, memory / 1_000_000);
        assertThat(nodes).doesNotHaveDuplicates();
        assertThat(memory).isLessThan(1_000_000_000);
        assertThat(devices.count()).isEqualTo(DEVICES);
        forEach(names, name -> {
            devices.detach(name);
            return name;
        });
        assertThat(devices.count()).isZero();
        assertThat(new Leftovers(directory).loopDevices()).isEmpty();
    }

    /** Reads all that fio has written, and compares. */
    private String verify(String node) throws IOException, InterruptedException {
        Commands.in(directory)
                .run(FioLoop.command(node, "--rw=read", "--readonly"))
                .orFail();
        return node;
    }

    private interface Step {
        String with(String name) throws IOException, InterruptedException;
    }

    /** Takes a step for each, several at once; answers what each came to, in order. */
    private static List<String> forEach(List<String> all, Step step) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<String>> steps = new ArrayList<>();
            for (String one : all) {
                steps.add(pool.submit(() -> step.with(one)));
            }
            List<String> results = new ArrayList<>();
            for (Future<String> each : steps) {
                results.add(each.get());
            }
            return results;
        }
    }

    private static long residentBytes(ProcessHandle process) throws IOException {
        return Files.readString(Path.of("/proc/" + process.pid() + "/status"))
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findAny()
                .orElseThrow();
    }
}
