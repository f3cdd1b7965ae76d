package io.obd.fs.tar;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An entry of a tar, its extensions already applied.
 *
 * @param offset byte position in the tar of its first header, extensions included
 * @param name path as it stands in the tar
 * @param type what it makes
 * @param linkName target of a hard link or symlink, otherwise empty
 * @param mode permission bits with setuid, setgid and sticky, without the file type
 * @param uid owner
 * @param gid group
 * @param modified modification time
 * @param accessed access time; the modification time if the tar has none
 * @param major device number
 * @param minor device number
 * @param size length of the file in bytes, holes included
 * @param segments where in the file the data goes that follows in the tar, ascending and without overlap
 * @param xattrs extended attributes, names in full
 */
public record TarEntry(
        long offset,
        ByteString name,
        Type type,
        ByteString linkName,
        int mode,
        long uid,
        long gid,
        Instant modified,
        Instant accessed,
        int major,
        int minor,
        long size,
        List<Segment> segments,
        Map<ByteString, ByteString> xattrs) {

    /** What an entry makes. */
    public enum Type {
        FILE,
        HARD_LINK,
        SYMLINK,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        DIRECTORY,
        FIFO
    }

    /**
     * A piece of a file that is no hole.
     *
     * @param offset position in the file
     * @param length bytes
     */
    public record Segment(long offset, long length) {}
}
