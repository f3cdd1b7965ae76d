package io.obd.snapshots;

/**
 * Disk space of a snapshot alone, without its parents.
 *
 * @param size bytes allocated
 * @param inodes distinct inodes
 */
public record Usage(long size, long inodes) {}
