package io.obd.image;

/**
 * A device that the backend serves.
 *
 * @param id name its creator gave it
 * @param device path of the block device, such as {@code /dev/loop3}
 * @param config absolute path of its {@code config.v1.json}
 * @param frontend how it is attached: {@code fuse-loop} or {@code tcmu}
 * @param size bytes
 * @param writable whether it has a writable layer
 */
public record DeviceInfo(String id, String device, String config, String frontend, long size, boolean writable) {}
