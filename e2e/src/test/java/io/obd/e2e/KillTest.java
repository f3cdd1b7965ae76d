package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The backend is killed over and over, and stopped as for an upgrade, while its devices are read and written: nobody
 * notices more than a pause. {@code -De2e.kills=N} says how often; 1,000 in the long form.
 */
@Tag("e2e")
class KillTest {
    private static final int KILLS = Integer.getInteger("e2e.kills", Boolean.getBoolean("e2e.long") ? 1000 : 100);
    private static final int RESTARTS = 10;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int READS_BETWEEN = 300;
    private static final int GB = 64;

    private Path directory;
    private Backend backend;

    @BeforeEach
    void start() throws Exception {
        directory = TestEnvironment.directory(KillTest.class);
        backend = new Backend(
                directory.resolve("b"),
                TestEnvironment.installation(),
                Map.of("JAVA_HOME", System.getProperty("java.home")));
        Files.writeString(
                backend.configuration(),
                Json.write(Map.of(
                        "logPath",
                        "",
                        "frontend",
                        "fuse-loop",
                        "controlSocket",
                        backend.controlSocket().toString(),
                        "cacheConfig",
                        Map.of("cacheDir", backend.cache().toString()))));
        backend.start();
    }

    @AfterEach
    void stop() throws Exception {
        backend.stop();
        new Leftovers(directory).sweep();
    }

    @Test
    void killingTheBackendCostsNobodyAnErrorOrAWrongBlock() throws Exception {
        String written = device("written");
        String read = committed("read");
        Commands commands = Commands.in(directory);
        Path mount = mounted(device("mounted"));
        List<Long> afterKill = new ArrayList<>();
        List<Long> afterStop = new ArrayList<>();

        try (FioLoop writes = FioLoop.start(directory, FioLoop.command(written, "--rw=randwrite"));
                FioLoop reads = FioLoop.start(directory, FioLoop.command(read, "--rw=randread", "--readonly"));
                SteadyReader reader = new SteadyReader(read, (long) GB << 30);
                // Between two rounds nobody would use it, and a stop would detach it.
                InputStream _ = Files.newInputStream(Path.of(written))) {
            Random random = new Random(1);
            for (int i = 0; i < KILLS + RESTARTS; i++) {
                boolean kill = i < KILLS;
                goOn(reader, random.nextInt(READS_BETWEEN));
                reader.longestWait();
                Path file = mount.resolve("file " + i);
                if (kill) {
                    backend.kill();
                } else {
                    backend.stop();
                }
                backend.restart();
                goOn(reader, 1);
                (kill ? afterKill : afterStop).add(reader.longestWait());
                Files.writeString(file, "after " + i);
                assertThat(file).hasContent("after " + i);
                assertThat(writes.failure() + reads.failure() + reader.failure())
                        .isEmpty();
            }
            Await.until("a last round of writes", LIMIT, () -> writes.rounds() > 0 && reads.rounds() > 0);
        }

        print("kills", afterKill);
        print("stops", afterStop);
        Await.until("the backend to answer", LIMIT, () -> Daemon.accepts(backend.address()));
        assertThat(api("/v1/devices").path("devices")).hasSize(3);
        commands.run("umount", mount.toString()).orFail();
        commands.run("e2fsck", "-fn", device("mounted")).orFail();
    }

    private static void goOn(SteadyReader reader, int reads) throws IOException, InterruptedException {
        long wanted = reader.reads() + reads + 1;
        Await.until(
                "reads to go on",
                LIMIT,
                () -> reader.reads() >= wanted || !reader.failure().isEmpty());
    }

    /** The node of a writable device of that name; of the one that is there, if there is one. */
    private String device(String name) throws Exception {
        Path config = directory.resolve(name + ".json");
        if (Files.notExists(config)) {
            String data = directory.resolve(name + ".data").toString();
            String index = directory.resolve(name + ".index").toString();
            Commands.in(directory)
                    .run(TestEnvironment.installation().tool("overlaybd-create"), data, index, Integer.toString(GB))
                    .orFail();
            Files.writeString(
                    config, Json.write(Map.of("lowers", List.of(), "upper", Map.of("data", data, "index", index))));
        }
        String request = Json.write(Map.of("id", name, "config", config.toString()));
        return api("/v1/devices", "--data", request).path("device").asText();
    }

    /** The node of a read-only device on a layer that fio has filled. */
    private String committed(String name) throws Exception {
        String upper = name + "-upper";
        Commands commands = Commands.in(directory);
        commands.run(FioLoop.command(device(upper), "--rw=write", "--do_verify=0"))
                .orFail();
        api("/v1/devices/" + upper, "--request", "DELETE");
        String layer = directory.resolve(name + ".obd").toString();
        commands.run(
                        TestEnvironment.installation().tool("overlaybd-commit"),
                        directory.resolve(upper + ".data").toString(),
                        directory.resolve(upper + ".index").toString(),
                        layer)
                .orFail();
        Files.writeString(
                directory.resolve(name + ".json"), Json.write(Map.of("lowers", List.of(Map.of("file", layer)))));
        return device(name);
    }

    private JsonNode api(String path, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "curl", "-sSf", "--unix-socket", backend.controlSocket().toString(), "http://localhost" + path));
        command.addAll(List.of(options));
        return Json.read(
                Commands.in(directory).within(LIMIT).run(command).orFail().out());
    }

    private Path mounted(String device) throws Exception {
        Path target = Files.createDirectories(directory.resolve("mnt"));
        Commands commands = Commands.in(directory);
        commands.run("mkfs.ext4", "-q", device).orFail();
        commands.run("mount", device, target.toString()).orFail();
        return target;
    }

    private static void print(String what, List<Long> waits) {
        List<Long> sorted = waits.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "%d %s: readers paused for %d ms (median), %d ms (worst)%n",
                sorted.size(),
                what,
                sorted.get(sorted.size() / 2) / 1_000_000,
                sorted.getLast() / 1_000_000);
    }
}
