package io.obd.linux;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * A descriptor of the kernel's own, for devices on which a FileChannel is no use: one read(2) or write(2) per call,
 * as messages need it, and ioctl. Not closed by interrupts. The calls may wait: make them on platform threads.
 */
public final class RawFile implements Closeable {
    /** For {@link #open}; the same on x86-64 and arm64. */
    public static final int READ_ONLY = 0;

    /** For {@link #open}. */
    public static final int WRITE_ONLY = 1;

    /** For {@link #open}. */
    public static final int READ_WRITE = 2;

    /** For {@link #open}: a read that would have to wait fails with EAGAIN. */
    public static final int NON_BLOCKING = 0x800;

    /** For {@link #open}: on a block device, fails with EBUSY if it is mounted or otherwise held. */
    public static final int EXCLUSIVE = 0x80;

    /** Of {@link #readNow}. */
    public static final int NOTHING_YET = -1;

    private static final long FIONBIO = 0x5421;
    private static final int O_CLOEXEC = 0x80000;

    private final LibC.Descriptors libc = LibC.descriptors();
    private final Path path;
    private final int fd;

    RawFile(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /** Opens an existing file; it is not inherited by child processes. */
    public static RawFile open(Path path, int flags) throws ErrnoException {
        while (true) {
            int fd = LibC.descriptors().open(path.toString(), flags | O_CLOEXEC, 0);
            if (fd >= 0) {
                return new RawFile(path, fd);
            }
            if (LibC.errno() != Errno.EINTR.number()) {
                throw LibC.failure("open", path);
            }
        }
    }

    /** Takes over a descriptor that came from another process; it is closed with this. */
    static RawFile of(Path path, int fd) {
        return new RawFile(path, fd);
    }

    /** The number of the descriptor. */
    public int fd() {
        return fd;
    }

    /**
     * One read(2) into a direct buffer, whose position moves by what was read.
     *
     * @return bytes read, 0 at the end
     */
    public int read(ByteBuffer dst) throws ErrnoException {
        return moved(dst, libc.read(fd, dst, dst.remaining()));
    }

    private int moved(ByteBuffer dst, long n) throws ErrnoException {
        if (n < 0) {
            throw LibC.failure("read", path);
        }
        dst.position(dst.position() + (int) n);
        return (int) n;
    }

    /**
     * The same on a descriptor that does not wait.
     *
     * @return bytes read, 0 at the end, or {@link #NOTHING_YET}
     */
    public int readNow(ByteBuffer dst) throws ErrnoException {
        long n = libc.read(fd, dst, dst.remaining());
        if (n < 0 && LibC.errno() == Errno.EAGAIN.number()) {
            return NOTHING_YET;
        }
        return moved(dst, n);
    }

    /** From now on reads do not wait, also those of others that have this descriptor from here. */
    public void stopWaiting() throws ErrnoException {
        ByteBuffer on = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
        ioctl("FIONBIO", FIONBIO, on.putInt(0, 1));
    }

    /**
     * One write(2) of what remains in a direct buffer, whose position moves by what was written.
     *
     * @return bytes written
     */
    public int write(ByteBuffer src) throws ErrnoException {
        long n = libc.write(fd, src, src.remaining());
        if (n < 0) {
            throw LibC.failure("write", path);
        }
        src.position(src.position() + (int) n);
        return (int) n;
    }

    /** An ioctl whose argument is a number or missing. */
    public int ioctl(String name, long request, long argument) throws ErrnoException {
        return checked(name, libc.ioctl(fd, request, argument));
    }

    /** An ioctl whose argument is a struct in a direct buffer. */
    public int ioctl(String name, long request, ByteBuffer argument) throws ErrnoException {
        return checked(name, libc.ioctl(fd, request, argument));
    }

    /** Whether the kernel reports an error on the descriptor, as for a FUSE connection that was aborted (POLLERR). */
    public boolean hasError() throws ErrnoException {
        ByteBuffer poll = ByteBuffer.allocateDirect(SocketLayout.POLL_LENGTH).order(ByteOrder.nativeOrder());
        poll.putInt(SocketLayout.POLL_FD, fd);
        checked("poll", libc.poll(poll, 1, 0));
        return (poll.getShort(SocketLayout.POLL_HAPPENED) & SocketLayout.POLLERR) != 0;
    }

    private int checked(String name, int result) throws ErrnoException {
        if (result < 0) {
            throw LibC.failure(name, path);
        }
        return result;
    }

    /** The path it was opened with. */
    @Override
    public String toString() {
        return path.toString();
    }

    @Override
    public void close() throws ErrnoException {
        if (libc.close(fd) < 0) {
            throw LibC.failure("close", path);
        }
    }
}
