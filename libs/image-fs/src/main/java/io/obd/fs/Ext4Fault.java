package io.obd.fs;

/**
 * Something wrong with a file system.
 *
 * @param offset byte position on the disk of the inode or block it was found in
 * @param path of the file it belongs to, from the root
 * @param rule what should hold and does not
 */
public record Ext4Fault(long offset, String path, String rule) {}
