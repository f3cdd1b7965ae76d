package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On files that look like those of the kernel. */
class MemoryKillsTest {
    private static final OptionalLong LIMIT = OptionalLong.of(200 << 20);

    @TempDir
    Path root;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "low 0\nhigh 0\nmax 31\noom 9\noom_kill %d\noom_group_kill 0\n", // version 2
                "oom_kill_disable 0\nunder_oom 0\noom_kill %d\n", // version 1
            })
    void anEndIsExplainedByAKillSinceTheLastLook(String form) throws Exception {
        Path file = Files.writeString(root.resolve("events"), form.formatted(7));
        Path processes = Files.writeString(root.resolve("cgroup.procs"), "77\n78\n");
        MemoryKills kills = new MemoryKills(file, processes, LIMIT);
        assertThat(kills.explain()).isEmpty();

        Files.writeString(file, form.formatted(8));

        assertThat(kills.explain())
                .isEqualTo("it was killed because cgroup.memory_limit (200MiB, for all daemons together, 2 are left)"
                        + " was reached: raise it");
    }

    @Test
    void aGroupThatIsGoneExplainsNothing() {
        MemoryKills kills = new MemoryKills(root.resolve("events"), root.resolve("cgroup.procs"), LIMIT);

        assertThat(kills.explain()).isEmpty();
    }

    @Test
    void whoStartsADaemonThatIsKilledIsToldWhy() throws Exception {
        Files.writeString(root.resolve("cgroup.controllers"), "memory");
        DaemonCgroup group = DaemonCgroup.make(root, "nydusd", LIMIT);
        Path events = root.resolve("system.slice/nydusd/memory.events");
        Path program = Files.writeString(
                root.resolve("program"), "#!/bin/sh\necho 'oom_kill 1' >%s\nkill -9 $$\n".formatted(events));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        SnapshotterConfig.Daemon settings =
                SnapshotterConfig.read(Optional.empty(), Map.of()).daemon().with(program.toString());
        Nydusd nydusd = new Nydusd(settings, "info", true, Duration.ofSeconds(30), Optional.of(group));
        DaemonFiles files = new DaemonFiles(root.resolve("data"), "one");
        Nydusd.Task task = new Nydusd.Task(
                files,
                files.socket(),
                root.resolve("mnt"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        assertThatThrownBy(() -> nydusd.start(task, new NydusdClient(files.socket(), Duration.ofSeconds(1))))
                .hasMessageContaining("ended with status 137: it was killed because cgroup.memory_limit (200MiB");
    }
}
