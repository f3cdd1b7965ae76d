package io.obd.snapshotter;

import java.io.IOException;

/** A device is not detached because somebody uses it. */
final class DeviceInUse extends IOException {
    /** HTTP status by which the backend says so. */
    static final int STATUS = 409;

    DeviceInUse(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
