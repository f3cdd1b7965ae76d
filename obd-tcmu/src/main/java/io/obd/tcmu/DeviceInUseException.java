package io.obd.tcmu;

import java.io.IOException;

/** A device cannot be detached because somebody uses it. The message says who. */
final class DeviceInUseException extends IOException {
    DeviceInUseException(IOException refusal) {
        super(refusal.getMessage(), refusal);
    }
}
