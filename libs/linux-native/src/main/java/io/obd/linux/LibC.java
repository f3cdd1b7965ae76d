package io.obd.linux;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Encoding;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.int64_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.u_int64_t;
import org.jspecify.annotations.Nullable;

/**
 * The C library. Functions are bound when the first of their group is needed, once per process: that costs some milliseconds for
 * each of them, which programs that never come here do not pay.
 *
 * <p>The functions have their C names; all return -1 when they fail. The interfaces are public because the classes that jnr-ffi
 * generates live in another class loader. Buffers are passed from their position on; direct ones are not copied.
 */
final class LibC {
    private static final class BoundDescriptors {
        static final Descriptors FUNCTIONS = bind(Descriptors.class);
    }

    private static final class BoundSockets {
        static final Sockets FUNCTIONS = bind(Sockets.class);
    }

    private static final class BoundFiles {
        static final Files FUNCTIONS = bind(Files.class);
    }

    private static final class BoundProcesses {
        static final Processes FUNCTIONS = bind(Processes.class);
    }

    private LibC() {}

    private static <T> T bind(Class<T> functions) {
        return LibraryLoader.create(functions).load("c");
    }

    static Descriptors descriptors() {
        return BoundDescriptors.FUNCTIONS;
    }

    static Sockets sockets() {
        return BoundSockets.FUNCTIONS;
    }

    static Files files() {
        return BoundFiles.FUNCTIONS;
    }

    static Processes processes() {
        return BoundProcesses.FUNCTIONS;
    }

    /** What the last call of this thread failed with. */
    static ErrnoException failure(String call) {
        return new ErrnoException(call, errno());
    }

    static ErrnoException failure(String call, Path path) {
        return failure(call + " " + path);
    }

    /** The error number of the last call of this thread. */
    static int errno() {
        return LastError.getLastError(Runtime.getSystemRuntime());
    }

    /** Descriptors and mounts. */
    @Encoding("UTF-8")
    public interface Descriptors {
        int open(String path, int flags, int mode);

        int close(int fd);

        @ssize_t
        long read(int fd, ByteBuffer dst, @size_t long length);

        @ssize_t
        long write(int fd, ByteBuffer src, @size_t long length);

        int ioctl(int fd, @u_int64_t long request, long argument);

        int ioctl(int fd, @u_int64_t long request, ByteBuffer argument);

        int poll(ByteBuffer descriptors, @u_int64_t long count, int timeout);

        int eventfd(int initial, int flags);

        int mount(String source, String target, @Nullable String type, @u_int64_t long flags, @Nullable String options);

        int umount2(String target, int flags);

        int getpagesize();
    }

    /** Sockets. */
    @Encoding("UTF-8")
    public interface Sockets {
        int socket(int domain, int type, int protocol);

        int bind(int fd, ByteBuffer address, int length);

        int listen(int fd, int backlog);

        int accept4(int fd, @Nullable ByteBuffer address, @Nullable ByteBuffer length, int flags);

        int connect(int fd, ByteBuffer address, int length);

        int shutdown(int fd, int how);

        int setsockopt(int fd, int level, int option, ByteBuffer value, int length);

        @ssize_t
        long sendmsg(int fd, ByteBuffer message, int flags);

        @ssize_t
        long recvmsg(int fd, ByteBuffer message, int flags);

        @ssize_t
        long recvfrom(
                int fd, ByteBuffer dst, @size_t long length, int flags, ByteBuffer address, ByteBuffer addressLength);
    }

    /** Files by their names, and what is special in them. */
    @Encoding("UTF-8")
    public interface Files {
        @int64_t
        long lseek(int fd, @int64_t long offset, int whence);

        int fallocate(int fd, int mode, @int64_t long offset, @int64_t long length);

        int quotactl(int command, String device, int id, ByteBuffer limits);

        int statx(int directory, @In byte[] path, int flags, int mask, ByteBuffer result);

        @ssize_t
        long readlink(@In byte[] path, @Out byte[] target, @size_t long size);

        @ssize_t
        long lgetxattr(@In byte[] path, @In byte[] name, @Out byte[] value, @size_t long size);

        @ssize_t
        long llistxattr(@In byte[] path, @Out byte[] names, @size_t long size);

        int lremovexattr(@In byte[] path, @In byte[] name);

        int lsetxattr(@In byte[] path, @In byte[] name, @In byte[] value, @size_t long size, int flags);

        int symlink(@In byte[] target, @In byte[] path);

        int mknod(@In byte[] path, int mode, @u_int64_t long device);

        int lchown(@In byte[] path, int uid, int gid);

        int chmod(@In byte[] path, int mode);

        int utimensat(int directory, @In byte[] path, ByteBuffer times, int flags);
    }

    /** What a process has: its session, its directory, its memory. */
    @Encoding("UTF-8")
    public interface Processes {
        int setsid();

        int chdir(@In byte[] path);

        /** With a pointer among its arguments: six plain numbers jnr-ffi 2.3.3 does not hand over correctly. */
        @u_int64_t
        long mmap(
                @Nullable Pointer address,
                @u_int64_t long length,
                int protection,
                int flags,
                int fd,
                @u_int64_t long offset);

        int munmap(@u_int64_t long address, @u_int64_t long length);
    }
}
