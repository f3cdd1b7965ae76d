package io.obd.fs;

import java.time.Instant;

/**
 * What the inode of a file says.
 *
 * @param inode its number: names with the same one are hard links of one file
 * @param type what it is
 * @param permissions permissions with setuid, setgid and sticky bits
 * @param uid owner
 * @param gid group
 * @param size length in bytes; of a symlink that of its target
 * @param links how many names it has
 * @param modified time of the last change of the content
 * @param major device number, 0 for what is no device
 * @param minor device number, 0 for what is no device
 */
public record FileInfo(
        int inode,
        FileType type,
        int permissions,
        long uid,
        long gid,
        long size,
        int links,
        Instant modified,
        int major,
        int minor) {

    static FileInfo of(int number, Inode inode) throws Ext4Exception {
        FileType type = inode.type();
        boolean device = type == FileType.BLOCK_DEVICE || type == FileType.CHARACTER_DEVICE;
        return new FileInfo(
                number,
                type,
                inode.permissions(),
                Integer.toUnsignedLong(inode.uid()),
                Integer.toUnsignedLong(inode.gid()),
                inode.size(),
                inode.links(),
                inode.modified(),
                device ? inode.deviceMajor() : 0,
                device ? inode.deviceMinor() : 0);
    }

    /** Whether names can be listed in it. */
    public boolean isDirectory() {
        return type == FileType.DIRECTORY;
    }
}
