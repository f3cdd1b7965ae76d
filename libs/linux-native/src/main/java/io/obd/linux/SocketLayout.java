package io.obd.linux;

/**
 * The structs and constants of unix sockets with 64-bit pointers; the same on x86-64 and arm64, numbers in the byte
 * order of the machine.
 *
 * <pre>
 * struct msghdr                               struct iovec            struct cmsghdr
 *  0 void* name      8 u32 length of it        0 void* base            0 u64 length with this header
 * 16 iovec* iov     24 u64 number of iovecs    8 u64 length            8 s32 level   12 s32 type
 * 32 void* control  40 u64 length of it       16                      16 the data, padded to 8
 * 48 s32 flags      52 unused
 * 56
 * struct sockaddr_un  0 u16 family   2 path, ended by NUL, 108 bytes
 * struct pollfd       0 s32 fd       4 s16 events  6 s16 what happened
 * struct timeval      0 s64 seconds  8 s64 microseconds
 * </pre>
 */
final class SocketLayout {
    static final int MESSAGE_IOV = 16;
    static final int MESSAGE_IOV_COUNT = 24;
    static final int MESSAGE_CONTROL = 32;
    static final int MESSAGE_CONTROL_LENGTH = 40;
    static final int MESSAGE_FLAGS = 48;
    static final int MESSAGE_LENGTH = 56;

    static final int IOV_BASE = 0;
    static final int IOV_BYTES = 8;
    static final int IOV_LENGTH = 16;

    static final int CONTROL_BYTES = 0;
    static final int CONTROL_LEVEL = 8;
    static final int CONTROL_TYPE = 12;
    static final int CONTROL_DATA = 16;

    static final int ADDRESS_FAMILY = 0;
    static final int ADDRESS_PATH = 2;
    static final int ADDRESS_LENGTH = 110;

    static final int POLL_FD = 0;
    static final int POLL_HAPPENED = 6;
    static final int POLL_LENGTH = 8;

    static final int TIME_SECONDS = 0;
    static final int TIME_LENGTH = 16;

    static final int AF_UNIX = 1;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_STREAM = 1;
    static final int SOCK_SEQPACKET = 5;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOL_SOCKET = 1;
    static final int SO_RCVTIMEO = 20;
    static final int SO_SNDTIMEO = 21;
    static final int SCM_RIGHTS = 1;

    /** A message did not fit and its end is lost. */
    static final int MSG_TRUNC = 0x20;
    /** Descriptors did not fit and some are lost. */
    static final int MSG_CTRUNC = 8;
    /** No SIGPIPE when the other side is gone. */
    static final int MSG_NOSIGNAL = 0x4000;
    /** What is received is not inherited by child processes. */
    static final int MSG_CMSG_CLOEXEC = 0x40000000;

    static final int SHUT_RDWR = 2;

    static final short POLLERR = 8;

    private SocketLayout() {}

    /** Bytes that a control message with so many descriptors takes. */
    static int controlLength(int descriptors) {
        return (CONTROL_DATA + descriptors * Integer.BYTES + Long.BYTES - 1) & -Long.BYTES;
    }
}
