package io.obd.fuse;

import io.obd.linux.Errno;
import io.obd.linux.ErrnoException;
import io.obd.linux.RawFile;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends answers to the kernel. An answer goes to the descriptor its request came from. */
final class Answer {
    private static final Logger log = LoggerFactory.getLogger(Answer.class);

    private Answer() {}

    /** Sends what stands behind the header in the buffer. */
    static void ok(RawFile channel, long unique, ByteBuffer buffer, int payload) {
        OutHeader.put(buffer, OutHeader.LENGTH + payload, 0, unique);
        send(channel, buffer);
    }

    static void error(RawFile channel, long unique, ByteBuffer buffer, int errno) {
        OutHeader.put(buffer, OutHeader.LENGTH, errno, unique);
        send(channel, buffer);
    }

    private static void send(RawFile channel, ByteBuffer buffer) {
        try {
            channel.write(buffer);
        } catch (ErrnoException e) {
            // ENOENT: nobody waits for the answer any more. ENODEV: the mount is gone.
            if (!e.is(Errno.ENOENT) && !e.is(Errno.ENODEV)) {
                log.error("an answer was not accepted by the kernel: {}", e.getMessage());
            }
        }
    }
}
