package io.obd.linux;

/**
 * The name of a device of the kernel's target framework whose commands are served in user space: {@code
 * core/user_<hba>/<name>} in configfs.
 */
public record Backstore(long hba, String name) {
    /** As the log shows it. */
    @Override
    public String toString() {
        return "user_" + hba + "/" + name;
    }
}
