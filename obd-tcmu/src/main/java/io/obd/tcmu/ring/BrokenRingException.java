package io.obd.tcmu.ring;

import java.io.IOException;

/** The shared memory does not hold what it should. The device cannot be served any more. */
public final class BrokenRingException extends IOException {
    BrokenRingException(String problem) {
        super("command ring: " + problem);
    }
}
