package io.obd.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * An attribute of configfs or sysfs: a small text that one write(2) sets. A write can end with EINTR or EAGAIN although
 * nothing is wrong, because somebody else is at the device; it is repeated then, for a limited time.
 */
final class KernelFile {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private KernelFile() {}

    static void write(KernelTree tree, Path attribute, String value, Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            try {
                tree.write(attribute, value);
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
}
