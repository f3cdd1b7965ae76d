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
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FileSystemsTest {
    private static final Path MOUNTPOINT = Path.of("/mountpoint");

    private final AtomicInteger calls = new AtomicInteger();

    @Test
    void aMountIsTriedForHalfASecond() throws IOException {
        failing(4, Duration.ofMillis(100)).mount("/dev/sdx", FileSystemType.of("ext4"), MOUNTPOINT, false);
        assertThat(calls).hasValue(5);
    }

    @Test
    void aMountThatStillFailsThenNamesDeviceMountpointAndReason() {
        assertFails(failing(10, Duration.ofMillis(100)));
        assertThat(calls).hasValue(5);
    }

    @Test
    void aMountThatTakesLongToFailIsNotTriedAgain() {
        assertFails(failing(2, Duration.ofSeconds(60)));
        assertThat(calls).hasValue(1);
    }

    private static void assertFails(FileSystems fileSystems) {
        assertThatThrownBy(() -> fileSystems.mount("/dev/sdx", FileSystemType.of("ext4"), MOUNTPOINT, false))
                .hasMessageStartingWith("failed to mount /dev/sdx to /mountpoint: ")
                .hasMessageContaining("EBUSY");
    }

    /** The kernel's call fails so often, and takes so long each time. */
    private FileSystems failing(int times, Duration each) {
        AtomicLong now = new AtomicLong();
        return new FileSystems(
                new Programs(Duration.ofSeconds(30)),
                (source, target, type, options) -> {
                    assertThat(options).isEqualTo(List.of("ro", "discard"));
                    now.addAndGet(each.toNanos());
                    if (calls.incrementAndGet() <= times) {
                        throw new ErrnoException("mount", Errno.EBUSY.number());
                    }
                },
                now::get);
    }
}
