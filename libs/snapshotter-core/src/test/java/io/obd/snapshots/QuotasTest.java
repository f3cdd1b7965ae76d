package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.linux.Mount;
import io.obd.linux.MountTable;
import io.obd.linux.ProjectQuota;
import io.obd.linux.Statx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuotasTest {
    /** A file system that remembers what it is told. */
    private static final class FakeQuota implements ProjectQuota {
        final Map<Path, Long> projects = new HashMap<>();
        final Map<Long, Long> limits = new HashMap<>();

        @Override
        public long projectOf(Path directory) {
            return projects.getOrDefault(directory, 0L);
        }

        @Override
        public void assign(Path directory, long project) {
            projects.put(directory, project);
        }

        @Override
        public void limit(Path device, long project, long bytes) {
            assertThat(device).isEqualTo(Path.of("/dev/disk"));
            limits.put(project, bytes);
        }
    }

    @TempDir
    Path root;

    private final FakeQuota quota = new FakeQuota();
    private List<String> options = List.of("rw", "prjquota");

    @BeforeEach
    void makeSnapshots() throws IOException {
        for (String id : List.of("7", "8")) {
            Files.createDirectories(fs(id));
        }
    }

    @Test
    void everySnapshotHasAProjectAndALimitOfItsOwn() throws IOException {
        quotas().limit(7, List.of(fs("7"), work("7")), 1 << 20);
        quotas().limit(8, List.of(fs("8")), 2 << 20);

        assertThat(quota.projects).containsEntry(fs("7"), quota.projectOf(work("7")));
        assertThat(quota.projectOf(fs("7"))).isGreaterThan(16_777_216).isNotEqualTo(quota.projectOf(fs("8")));
        assertThat(quota.limits.values()).containsExactlyInAnyOrder(1L << 20, 2L << 20);
    }

    @Test
    void theLimitGoesWithTheDirectory() throws IOException {
        quotas().limit(7, List.of(fs("7")), 1 << 20);

        quotas().lift(root.resolve("7"));

        assertThat(quota.limits.values()).containsExactly(0L);
    }

    @Test
    void whatHasNoLimitOfOursIsLeftAlone() throws IOException {
        quota.assign(fs("8"), 12);

        quotas().lift(root.resolve("7"));
        quotas().lift(root.resolve("8"));
        quotas().lift(root.resolve("new-123"));

        assertThat(quota.limits).isEmpty();
    }

    @Test
    void aFileSystemWithoutProjectQuotasIsNamed() {
        options = List.of("rw");

        assertThatThrownBy(() -> quotas().limit(7, List.of(fs("7")), 1 << 20))
                .isInstanceOf(SnapshotException.class)
                .hasMessageContaining("/mnt (ext4")
                .hasMessageContaining("not mounted with prjquota");
    }

    @Test
    void aLimitThatCannotBeReachedIsRefused() {
        assertThatThrownBy(() -> quotas().limit(7, List.of(fs("7")), Long.MAX_VALUE))
                .hasMessageContaining("is more than /mnt has");
    }

    @Test
    void aDirectoryOfAnotherProjectIsRefused() {
        quota.assign(fs("7"), 12);

        assertThatThrownBy(() -> quotas().limit(7, List.of(fs("7")), 1 << 20))
                .hasMessageContaining("belongs to project 12");
    }

    private Quotas quotas() {
        return new Quotas(root, quota, this::table);
    }

    private MountTable table() throws IOException {
        Mount here = new Mount(
                1, 0, Statx.of(root).dev().toString(), "/", Path.of("/mnt"), List.of(), "ext4", "/dev/disk", options);
        return new MountTable(List.of(here));
    }

    private Path fs(String id) {
        return root.resolve(id).resolve("fs");
    }

    private Path work(String id) {
        return root.resolve(id).resolve("work");
    }
}
