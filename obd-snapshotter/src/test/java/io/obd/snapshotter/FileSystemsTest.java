package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FileSystemsTest {
    private static final Path MOUNTPOINT = Path.of("/mountpoint");

    private final AtomicInteger calls = new AtomicInteger();

    @Test
    void aMountIsTriedFiftyTimes() throws IOException {
        failing(49).mount("/dev/sdx", FileSystemType.of("ext4"), MOUNTPOINT, false);
        assertThat(calls).hasValue(50);
    }

    @Test
    void aMountThatStillFailsThenNamesDeviceMountpointAndReason() {
        FileSystems fileSystems = failing(50);
        assertThatThrownBy(() -> fileSystems.mount("/dev/sdx", FileSystemType.of("ext4"), MOUNTPOINT, false))
                .hasMessageStartingWith("failed to mount /dev/sdx to /mountpoint: ")
                .hasMessageContaining("EBUSY");
        assertThat(calls).hasValue(50);
    }

    /** The kernel's call fails so often. */
    private FileSystems failing(int times) {
        return new FileSystems(new Programs(Duration.ofSeconds(30)), (source, target, type, options) -> {
            assertThat(options).isEqualTo(List.of("ro", "discard"));
            if (calls.incrementAndGet() <= times) {
                throw new ErrnoException("mount", Errno.EBUSY.number());
            }
        });
    }
}
