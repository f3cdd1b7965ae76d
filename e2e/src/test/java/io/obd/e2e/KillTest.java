package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
    private LocalDevices devices;

    @BeforeEach
    void start() throws Exception {
        directory = TestEnvironment.directory(KillTest.class);
        devices = LocalDevices.start(directory);
    }

    @AfterEach
    void stop() throws Exception {
        devices.end();
    }

    @Test
    @Timeout(
            value = 90,
            unit = TimeUnit.MINUTES) // each wait in it is bounded; 1,000 kills are more than what others need
    void killingTheBackendCostsNobodyAnErrorOrAWrongBlock() throws Exception {
        String written = writable("written");
        String read = committed("read");
        Path mount = mounted(writable("mounted"));
        List<Long> afterKill = new ArrayList<>();
        List<Long> afterStop = new ArrayList<>();

        try (FioLoop writes = FioLoop.start(directory, FioLoop.command(written, "--rw=randwrite"));
                FioLoop reads = FioLoop.start(directory, FioLoop.command(read, "--rw=randread", "--readonly"));
                SteadyReader reader = new SteadyReader(read, (long) GB << 30)) {
            Random random = new Random(1);
            for (int i = 0; i < KILLS + RESTARTS; i++) {
                boolean kill = i < KILLS;
                goOn(reader, random.nextInt(READS_BETWEEN));
                reader.longestWait();
                Path file = mount.resolve("file " + i);
                if (kill) {
                    devices.backend().kill();
                } else {
                    devices.backend().stop();
                }
                devices.backend().restart();
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
        Await.until(
                "the backend to answer",
                LIMIT,
                () -> Daemon.accepts(devices.backend().address()));
        assertThat(devices.count()).isEqualTo(3);
        Commands commands = Commands.in(directory);
        commands.run("umount", mount.toString()).orFail();
        commands.run("e2fsck", "-fn", devices.attach("mounted")).orFail();
    }

    private static void goOn(SteadyReader reader, int reads) throws IOException, InterruptedException {
        long wanted = reader.reads() + reads + 1;
        Await.until(
                "reads to go on",
                LIMIT,
                () -> reader.reads() >= wanted || !reader.failure().isEmpty());
    }

    private String writable(String name) throws Exception {
        devices.specifyUpper(name, GB);
        return devices.attach(name);
    }

    /** A read-only device on a layer that fio has filled. */
    private String committed(String name) throws Exception {
        String upper = name + "-upper";
        Commands.in(directory)
                .run(FioLoop.command(writable(upper), "--rw=write", "--do_verify=0"))
                .orFail();
        devices.detach(upper);
        devices.specifyCommit(upper, name);
        return devices.attach(name);
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
