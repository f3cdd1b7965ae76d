package io.obd.fs;

import java.util.UUID;

/**
 * How a file system is made.
 *
 * @param uuid its UUID; nil unless somebody must tell it from others, so that equal images have equal bytes
 * @param bytesPerInode one inode is made for so many bytes of the device
 */
public record Ext4Options(UUID uuid, int bytesPerInode) {
    private static final UUID NIL = new UUID(0, 0);
    private static final int BYTES_PER_INODE = 16 << 10;

    public Ext4Options {
        if (bytesPerInode < 1024) {
            throw new IllegalArgumentException("bytes per inode: " + bytesPerInode);
        }
    }

    /** No UUID, an inode per 16 KiB. */
    public static Ext4Options defaults() {
        return new Ext4Options(NIL, BYTES_PER_INODE);
    }
}
