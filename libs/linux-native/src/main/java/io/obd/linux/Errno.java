package io.obd.linux;

/**
 * Error numbers of Linux. The values are those of asm-generic, which x86-64 and arm64 share.
 */
public enum Errno {
    EPERM(1, "operation not permitted"),
    ENOENT(2, "no such file or directory"),
    EINTR(4, "interrupted"),
    EIO(5, "input/output error"),
    ENXIO(6, "no such device or address"),
    E2BIG(7, "argument list too long"),
    EBADF(9, "bad file descriptor"),
    EAGAIN(11, "resource temporarily unavailable"),
    ENOMEM(12, "out of memory"),
    EACCES(13, "permission denied"),
    EFAULT(14, "bad address"),
    ENOTBLK(15, "block device required"),
    EBUSY(16, "device or resource busy"),
    EEXIST(17, "file exists"),
    EXDEV(18, "cross-device link"),
    ENODEV(19, "no such device, or the kernel does not know this file system"),
    ENOTDIR(20, "not a directory"),
    EISDIR(21, "is a directory"),
    EINVAL(22, "invalid argument; the kernel log may say more"),
    ENFILE(23, "too many open files in the system"),
    EMFILE(24, "too many open files in this process"),
    ENOTTY(25, "not a device of this kind"),
    EFBIG(27, "file too large"),
    ENOSPC(28, "no space left on device"),
    EROFS(30, "read-only file system"),
    EMLINK(31, "too many links"),
    EPIPE(32, "the other side is gone"),
    ERANGE(34, "result too large"),
    ENAMETOOLONG(36, "file name too long"),
    ENOSYS(38, "not implemented"),
    ENOTEMPTY(39, "directory not empty"),
    ELOOP(40, "too many symbolic links"),
    ENODATA(61, "no such attribute"),
    EPROTO(71, "protocol error"),
    EOVERFLOW(75, "value too large"),
    EMSGSIZE(90, "message too long"),
    EOPNOTSUPP(95, "operation not supported"),
    EADDRINUSE(98, "address already in use"),
    ECONNABORTED(103, "connection aborted"),
    ECONNRESET(104, "connection reset by the other side"),
    ENOTCONN(107, "transport endpoint is not connected: its server is gone"),
    ETIMEDOUT(110, "timed out"),
    ECONNREFUSED(111, "connection refused: nobody listens there"),
    ESTALE(116, "stale file handle"),
    EUCLEAN(117, "structure needs cleaning: the file system is damaged"),
    EDQUOT(122, "disk quota exceeded");

    private final int number;
    private final String text;

    Errno(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** The number, positive. */
    public int number() {
        return number;
    }

    /** Name and meaning of any error number, for an error text. */
    public static String describe(int number) {
        for (Errno errno : values()) {
            if (errno.number == number) {
                return errno + " (" + errno.text + ")";
            }
        }
        return "errno " + number;
    }
}
