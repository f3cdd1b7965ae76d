package io.obd.linux;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The name of a device of the kernel's target framework whose commands are served in user space: {@code
 * core/user_<hba>/<name>} in configfs.
 */
public record Backstore(long hba, String name) {
    /** A serial number for a device of this name, the same at every call. */
    public String newSerial() {
        return UUID.nameUUIDFromBytes(("overlaybd " + this).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** As the log shows it. */
    @Override
    public String toString() {
        return "user_" + hba + "/" + name;
    }
}
