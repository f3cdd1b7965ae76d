package io.obd.tcmu.scsi;

/**
 * What tells a disk from others.
 *
 * @param serial letters and digits, best a long hexadecimal number
 * @param description of what the disk shows
 */
public record UnitIdentity(String serial, String description) {}
