package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourceLimitsTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path root;

    @Test
    void enoughIsNoReasonForAWarning() throws IOException {
        host("1048576", "max");

        assertThat(new ResourceLimits(root).warnings(256, 384 * MIB)).isEmpty();
    }

    @Test
    void tooLittleIsNamedWithWhatIsNeeded() throws IOException {
        host("1024", Long.toString(512 * MIB));

        assertThat(new ResourceLimits(root).warnings(256, 384 * MIB))
                .containsExactly(
                        "only 1024 files may be open, 4352 may be needed: raise LimitNOFILE of the unit",
                        "the memory of the control group is limited to 512 MiB, 1024 MiB may be needed: raise MemoryMax"
                                + " of the unit, or lower -Xmx in OVERLAYBD_JAVA_OPTS");
    }

    @Test
    void theOlderControlGroupsCountToo() throws IOException {
        host("1048576", "max");
        write("proc/self/cgroup", "4:memory:/a/b\n3:cpu,cpuacct:/a\n");
        write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", Long.toString(100 * MIB) + "\n");
        write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");

        assertThat(new ResourceLimits(root).warnings(0, 384 * MIB))
                .singleElement()
                .asString()
                .contains("100 MiB");
    }

    private void host(String files, String memory) throws IOException {
        write("proc/self/limits", """
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             unlimited            unlimited            processes
                Max open files            %-20s 1048576              files
                """.formatted(files));
        write("proc/self/cgroup", "0::/system.slice/overlaybd-tcmu.service\n");
        write("sys/fs/cgroup/system.slice/memory.max", memory + "\n");
        write("sys/fs/cgroup/system.slice/overlaybd-tcmu.service/memory.max", "max\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
