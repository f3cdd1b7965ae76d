package io.obd.fuse;

/**
 * A file that is served.
 *
 * @param number by which the kernel knows it; it stays the same when another server takes over
 * @param name its name in the mount
 */
public record ServedFile(long number, String name, FuseFile file) {}
