package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On directories that look like those of the kernel. */
class DaemonCgroupTest {
    @TempDir
    Path root;

    @Test
    void versionOneHasItsMemoryController() throws Exception {
        Path memory = Files.createDirectory(root.resolve("memory"));
        Files.createFile(memory.resolve("cgroup.procs"));

        DaemonCgroup.make(root, "nydusd", OptionalLong.of(1 << 20)).add(77);

        Path group = memory.resolve("system.slice/nydusd");
        assertThat(group.resolve("memory.limit_in_bytes")).hasContent("1048576");
        assertThat(group.resolve("cgroup.procs")).hasContent("77");
    }

    @Test
    void versionTwoHasOneTreeInWhichMemoryIsTurnedOn() throws Exception {
        Files.writeString(root.resolve("cgroup.controllers"), "cpu memory");
        Files.writeString(root.resolve("cgroup.subtree_control"), "cpu memory");

        DaemonCgroup.make(root, "nydusd", OptionalLong.empty()).add(77);

        Path group = root.resolve("system.slice/nydusd");
        assertThat(group.resolve("memory.max")).hasContent("max");
        assertThat(group.resolve("cgroup.procs")).hasContent("77");
        assertThat(root.resolve("cgroup.subtree_control")).hasContent("cpu memory");
        assertThat(root.resolve("system.slice/cgroup.subtree_control")).hasContent("+memory");
    }

    @Test
    void aSystemWithoutAnyIsNamed() {
        assertThatThrownBy(() -> DaemonCgroup.make(root, "nydusd", OptionalLong.empty()))
                .hasMessageContaining("cgroup.enable: this system has no control groups for memory");
    }

    @Test
    void itStaysWhileAProcessIsInIt() throws Exception {
        Path memory = Files.createDirectory(root.resolve("memory"));
        Files.createFile(memory.resolve("cgroup.procs"));
        DaemonCgroup group = DaemonCgroup.make(root, "nydusd", OptionalLong.of(1 << 20));
        group.add(77);

        group.removeIfEmpty();

        assertThat(memory.resolve("system.slice/nydusd")).exists();
    }
}
