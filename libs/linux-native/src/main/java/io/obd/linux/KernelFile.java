package io.obd.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * An attribute of configfs or sysfs: a small text that one write(2) sets. A write can end with EINTR or EAGAIN although
 * nothing is wrong, because somebody else is at the device; it is repeated then, for a limited time.
 */
final class KernelFile {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private KernelFile() {}

    static void write(Path attribute, String value, Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            try (RawFile file = RawFile.open(attribute, RawFile.WRITE_ONLY)) {
                file.write(direct(value));
                return;
            } catch (ErrnoException e) {
                boolean again = e.is(Errno.EINTR) || e.is(Errno.EAGAIN);
                if (!again || System.nanoTime() > deadline) {
                    throw new ErrnoException("write " + value + " to " + attribute, e.errno());
                }
                Pause.of(PAUSE);
            }
        }
    }

    private static ByteBuffer direct(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    static String read(Path attribute) throws IOException {
        return Files.readString(attribute).stripTrailing();
    }
}
