package io.obd.linux;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The name of a device of the kernel's target framework whose commands are served in user space: {@code
 * core/user_<hba>/<name>} in configfs.
 */
public record Backstore(long hba, String name) {
    /**
     * A serial number for it, the same at every call.
     *
     * @param kind what serves it
     */
    public String newSerial(String kind) {
        return UUID.nameUUIDFromBytes((kind + " " + this).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** As the log shows it. */
    @Override
    public String toString() {
        return "user_" + hba + "/" + name;
    }
}
