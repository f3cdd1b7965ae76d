package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file of an image, whatever its type. Names with the same inode are hard links.
 *
 * @param number by which the file system knows it
 * @param mode type and permissions as in stat(2)
 * @param uid owner
 * @param gid group
 * @param size bytes of content, of a symlink's target, or what the format states for a directory
 * @param links how many names it has
 * @param modified last change; the beginning of 1970 if that was not kept
 * @param device major and minor number as in {@link #major}, 0 for what is no device
 * @param blocks what the format states as the file's size in blocks of 512 bytes
 * @param firstChild index of a directory's first child in version 5, otherwise 0
 * @param xattrs extended attributes, by full name, in stored order
 * @param target of a symlink, otherwise empty
 * @param chunks the content of a regular file
 * @param entries names in a directory in ascending order, without "." and ".."
 */
public record Inode(
        long number,
        int mode,
        long uid,
        long gid,
        long size,
        long links,
        Instant modified,
        int device,
        long blocks,
        long firstChild,
        Map<ByteString, ByteString> xattrs,
        ByteString target,
        List<Chunk> chunks,
        List<Entry> entries) {
    /** Bytes of the blocks that {@code blocks} counts. */
    static final int BLOCK = 512;

    private static final int TYPE = 0xf000;

    /**
     * A name in a directory.
     *
     * @param name no separator, not empty, at most 255 bytes
     */
    public record Entry(ByteString name, Inode inode) {}

    /** The file of that name in this directory, or null. */
    public @Nullable Inode child(ByteString name) {
        int low = 0;
        int high = entries.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Entry entry = entries.get(middle);
            int order = entry.name().compareTo(name);
            if (order == 0) {
                return entry.inode();
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    Inode withChunks(List<Chunk> content) {
        return with(device, target, content);
    }

    Inode withTarget(ByteString path) {
        return with(device, path, chunks);
    }

    Inode withDevice(int numbers) {
        return with(numbers, target, chunks);
    }

    private Inode with(int newDevice, ByteString newTarget, List<Chunk> newChunks) {
        return new Inode(
                number,
                mode,
                uid,
                gid,
                size,
                links,
                modified,
                newDevice,
                blocks,
                firstChild,
                xattrs,
                newTarget,
                newChunks,
                entries);
    }

    public FileType type() {
        return Objects.requireNonNull(FileType.ofMode(mode), "the loaders let no other mode pass");
    }

    public boolean isDirectory() {
        return type() == FileType.DIRECTORY;
    }

    public boolean isRegular() {
        return type() == FileType.REGULAR;
    }

    public boolean isSymlink() {
        return type() == FileType.SYMLINK;
    }

    /** Whether it is a device of either kind. */
    public boolean isDevice() {
        return type() == FileType.CHARACTER_DEVICE || type() == FileType.BLOCK_DEVICE;
    }

    /** Permissions with setuid, setgid and sticky. */
    public int permissions() {
        return mode & ~TYPE;
    }

    /** The letter of find(1) for the type: f, d, l, c, b, p or s. */
    public char typeLetter() {
        return type().letter();
    }

    /** Major device number. */
    public int major() {
        return (device >>> 8) & 0xfff;
    }

    /** Minor device number. */
    public int minor() {
        return (device & 0xff) | ((device >>> 12) & 0xfff00);
    }

    /** An inode is itself only: comparing what it has would mean to compare all that is below it. */
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(number);
    }

    @Override
    public String toString() {
        return "inode " + number;
    }
}
