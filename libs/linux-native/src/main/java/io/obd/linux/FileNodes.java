package io.obd.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;

/**
 * Makes files of every type and gives them every attribute. Names are bytes: they need not be text in any encoding.
 * Symbolic links are not followed.
 */
public final class FileNodes {
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final long UTIME_OMIT = 0x3ffffffe;
    private static final int LONGEST_TARGET = 4096;
    private static final int TIMESPEC = 2 * Long.BYTES;

    private final LibC.Files libc = LibC.files();

    /** The path of a name in a directory, byte by byte. */
    public static Path resolve(Path directory, byte[] name) {
        boolean ascii = true;
        for (byte b : name) {
            ascii &= b > 0;
        }
        return ascii
                ? directory.resolve(new String(name, StandardCharsets.US_ASCII))
                : PathBytes.resolve(directory, name);
    }

    /** The last name of a path, byte by byte. */
    public static byte[] name(Path path) {
        return PathBytes.name(path);
    }

    /** What a symbolic link points to. */
    public byte[] readLink(Path path) throws ErrnoException {
        byte[] target = new byte[LONGEST_TARGET];
        long length = libc.readlink(PathBytes.of(path), target, target.length);
        if (length < 0) {
            throw LibC.failure("readlink", path);
        }
        return Arrays.copyOf(target, (int) length);
    }

    /** Makes a symbolic link. */
    public void symlink(byte[] target, Path path) throws ErrnoException {
        if (libc.symlink(terminated(target), PathBytes.of(path)) < 0) {
            throw LibC.failure("symlink", path);
        }
    }

    /**
     * Makes a device, a FIFO or a socket.
     *
     * @param mode type and permissions; the process's umask counts
     */
    public void mknod(Path path, int mode, DeviceNumber device) throws ErrnoException {
        if (libc.mknod(PathBytes.of(path), mode, encode(device)) < 0) {
            throw LibC.failure("mknod", path);
        }
    }

    /** The form of the C library, not that of the kernel. */
    static long encode(DeviceNumber device) {
        long major = Integer.toUnsignedLong(device.major());
        long minor = Integer.toUnsignedLong(device.minor());
        return (minor & 0xFF) | (major & 0xFFF) << 8 | (minor & ~0xFFL) << 12 | (major & ~0xFFFL) << 32;
    }

    /** Gives a file another owner and group; this takes away setuid and capabilities. */
    public void chown(Path path, long uid, long gid) throws ErrnoException {
        if (libc.lchown(PathBytes.of(path), (int) uid, (int) gid) < 0) {
            throw LibC.failure("lchown", path);
        }
    }

    /** Sets the permissions of a file that is no symbolic link: those of a link cannot be set. */
    public void chmod(Path path, int permissions) throws ErrnoException {
        if (libc.chmod(PathBytes.of(path), permissions) < 0) {
            throw LibC.failure("chmod", path);
        }
    }

    /** Sets the time of the last change of the content. */
    public void setModified(Path path, Instant time) throws ErrnoException {
        ByteBuffer times = ByteBuffer.allocateDirect(2 * TIMESPEC).order(ByteOrder.nativeOrder());
        times.putLong(Long.BYTES, UTIME_OMIT);
        times.putLong(TIMESPEC, time.getEpochSecond());
        times.putLong(TIMESPEC + Long.BYTES, time.getNano());
        if (libc.utimensat(AT_FDCWD, PathBytes.of(path), times, AT_SYMLINK_NOFOLLOW) < 0) {
            throw LibC.failure("utimensat", path);
        }
    }

    /** Creates or replaces an extended attribute. */
    public void setAttribute(Path path, byte[] name, byte[] value) throws ErrnoException {
        if (libc.lsetxattr(PathBytes.of(path), terminated(name), value, value.length, 0) < 0) {
            throw LibC.failure("lsetxattr " + new String(name, StandardCharsets.UTF_8) + " of " + path);
        }
    }

    private static byte[] terminated(byte[] text) {
        return Arrays.copyOf(text, text.length + 1);
    }
}
