package io.obd.linux;

/** Number of a device. As text it is {@code major:minor}, as sysfs and the mount table write it. */
public record DeviceNumber(int major, int minor) {
    @Override
    public String toString() {
        return major + ":" + minor;
    }
}
