package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A unix socket between two processes of this machine. It carries messages, each of which arrives whole or not at all,
 * and with a message open descriptors (SOCK_SEQPACKET, SCM_RIGHTS).
 *
 * <p>One thread sends or receives at a time. The calls wait: make them on platform threads.
 */
public final class MessageSocket implements Closeable {
    /** Longest message in bytes. */
    public static final int MAX_MESSAGE = 32 << 10;

    /** So many descriptors go with one message; the kernel's own limit is 253. */
    public static final int MAX_DESCRIPTORS = 128;

    private static final int BACKLOG = 16;

    private final LibC.Sockets libc = LibC.sockets();
    private final Path path;
    private final Duration limit;
    private final int fd;
    private final ByteBuffer message = struct(SocketLayout.MESSAGE_LENGTH);
    private final ByteBuffer iov = struct(SocketLayout.IOV_LENGTH);
    private final ByteBuffer control = struct(SocketLayout.controlLength(MAX_DESCRIPTORS));

    private MessageSocket(Path path, Duration limit, int fd) {
        this.path = path;
        this.limit = limit;
        this.fd = fd;
        message.putLong(SocketLayout.MESSAGE_IOV, addressOf(iov));
        message.putLong(SocketLayout.MESSAGE_IOV_COUNT, 1);
    }

    /**
     * Listens at a path, which must not exist yet.
     *
     * @throws ErrnoException EADDRINUSE if the path exists
     */
    public static MessageSocket listen(Path path) throws IOException {
        return listen(path, Duration.ZERO, SocketLayout.SOCK_SEQPACKET);
    }

    /**
     * Listens at a path for streams.
     *
     * @see #connectStream
     */
    public static MessageSocket listenStream(Path path) throws IOException {
        return listenStream(path, Duration.ZERO);
    }

    /**
     * Listens at a path for streams.
     *
     * @param limit longest time for somebody to connect, and for one message of him to be sent or to arrive, in whole
     *     seconds; after that ETIMEDOUT. Zero is no limit.
     * @see #connectStream
     */
    public static MessageSocket listenStream(Path path, Duration limit) throws IOException {
        return listen(path, limit, SocketLayout.SOCK_STREAM);
    }

    private static MessageSocket listen(Path path, Duration limit, int type) throws IOException {
        MessageSocket socket = open(path, limit, type);
        try {
            ByteBuffer address = address(path);
            socket.check("bind", socket.libc.bind(socket.fd, address, address.capacity()));
            socket.check("listen", socket.libc.listen(socket.fd, BACKLOG));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Connects to who listens at a path.
     *
     * @param limit longest time for one message to be sent or to arrive, in whole seconds; after that ETIMEDOUT. Zero
     *     is no limit.
     * @throws ErrnoException ENOENT or ECONNREFUSED if nobody listens there
     */
    public static MessageSocket connect(Path path, Duration limit) throws IOException {
        return connect(path, limit, SocketLayout.SOCK_SEQPACKET);
    }

    /**
     * Connects to who listens at a path with a stream: bytes that are sent at once may come in parts, and those that are
     * sent one after the other together.
     *
     * @see #connect
     */
    public static MessageSocket connectStream(Path path, Duration limit) throws IOException {
        return connect(path, limit, SocketLayout.SOCK_STREAM);
    }

    private static MessageSocket connect(Path path, Duration limit, int type) throws IOException {
        MessageSocket socket = open(path, limit, type);
        try {
            ByteBuffer address = address(path);
            socket.check("connect to", socket.libc.connect(socket.fd, address, address.capacity()));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static MessageSocket open(Path path, Duration limit, int type) throws ErrnoException {
        int fd = LibC.sockets().socket(SocketLayout.AF_UNIX, type | SocketLayout.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw LibC.failure("socket", path);
        }
        return limited(path, limit, fd);
    }

    /** Waits of this descriptor end after the limit; one that was accepted does not have that of its listener. */
    private static MessageSocket limited(Path path, Duration limit, int fd) throws ErrnoException {
        MessageSocket socket = new MessageSocket(path, limit, fd);
        try {
            ByteBuffer time = struct(SocketLayout.TIME_LENGTH).putLong(SocketLayout.TIME_SECONDS, limit.toSeconds());
            socket.option(SocketLayout.SO_RCVTIMEO, time);
            socket.option(SocketLayout.SO_SNDTIMEO, time);
            return socket;
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
    }

    private static ByteBuffer address(Path path) throws ErrnoException {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer address = struct(SocketLayout.ADDRESS_LENGTH);
        if (name.length >= SocketLayout.ADDRESS_LENGTH - SocketLayout.ADDRESS_PATH) {
            throw new ErrnoException("socket " + path, Errno.ENAMETOOLONG.number());
        }
        address.putShort(SocketLayout.ADDRESS_FAMILY, (short) SocketLayout.AF_UNIX);
        address.put(SocketLayout.ADDRESS_PATH, name);
        return address;
    }

    private void option(int option, ByteBuffer value) throws ErrnoException {
        check("setsockopt", libc.setsockopt(fd, SocketLayout.SOL_SOCKET, option, value, value.capacity()));
    }

    /**
     * Waits for the next one who connects.
     *
     * @throws ErrnoException ETIMEDOUT if nobody does within the limit
     */
    public MessageSocket accept() throws ErrnoException {
        while (true) {
            int accepted = libc.accept4(fd, null, null, SocketLayout.SOCK_CLOEXEC);
            if (accepted >= 0) {
                return limited(path, limit, accepted);
            }
            if (LibC.errno() == Errno.EAGAIN.number()) {
                throw new ErrnoException("accept at " + path, Errno.ETIMEDOUT.number());
            }
            // ECONNABORTED: who wanted to connect is gone already.
            if (LibC.errno() != Errno.EINTR.number() && LibC.errno() != Errno.ECONNABORTED.number()) {
                throw LibC.failure("accept", path);
            }
        }
    }

    /** Sends what remains in a direct buffer as one message, and copies of descriptors with it. */
    public void send(ByteBuffer bytes, List<RawFile> descriptors) throws ErrnoException {
        if (bytes.remaining() > MAX_MESSAGE || descriptors.size() > MAX_DESCRIPTORS) {
            throw new ErrnoException("send to " + path, Errno.EMSGSIZE.number());
        }
        iov.putLong(SocketLayout.IOV_BASE, addressOf(bytes)).putLong(SocketLayout.IOV_BYTES, bytes.remaining());
        control.putLong(
                SocketLayout.CONTROL_BYTES, SocketLayout.CONTROL_DATA + (long) descriptors.size() * Integer.BYTES);
        control.putInt(SocketLayout.CONTROL_LEVEL, SocketLayout.SOL_SOCKET);
        control.putInt(SocketLayout.CONTROL_TYPE, SocketLayout.SCM_RIGHTS);
        for (int i = 0; i < descriptors.size(); i++) {
            control.putInt(
                    SocketLayout.CONTROL_DATA + i * Integer.BYTES,
                    descriptors.get(i).fd());
        }
        int controlLength = descriptors.isEmpty() ? 0 : SocketLayout.controlLength(descriptors.size());
        useControl(controlLength);
        while (libc.sendmsg(fd, message, SocketLayout.MSG_NOSIGNAL) < 0) {
            retryOrThrow("send to");
        }
    }

    /**
     * Waits for the next message and puts it into a direct buffer of at least {@link #MAX_MESSAGE} bytes, ready to be
     * read. An empty message is the end: the other side is gone.
     *
     * @param name what the descriptors that come with it are called in error texts
     * @return the descriptors, which are the caller's to close
     */
    public List<RawFile> receive(ByteBuffer bytes, Path name) throws ErrnoException {
        bytes.clear();
        iov.putLong(SocketLayout.IOV_BASE, addressOf(bytes)).putLong(SocketLayout.IOV_BYTES, bytes.remaining());
        useControl(control.capacity());
        long received = libc.recvmsg(fd, message, SocketLayout.MSG_CMSG_CLOEXEC);
        while (received < 0) {
            retryOrThrow("receive from");
            useControl(control.capacity());
            received = libc.recvmsg(fd, message, SocketLayout.MSG_CMSG_CLOEXEC);
        }
        List<RawFile> descriptors = receivedDescriptors(name);
        if ((message.getInt(SocketLayout.MESSAGE_FLAGS) & (SocketLayout.MSG_TRUNC | SocketLayout.MSG_CTRUNC)) != 0) {
            for (RawFile descriptor : descriptors) {
                descriptor.close();
            }
            throw new ErrnoException("receive from " + path, Errno.EMSGSIZE.number());
        }
        bytes.limit((int) received);
        return descriptors;
    }

    private void useControl(int length) {
        message.putLong(SocketLayout.MESSAGE_CONTROL, length == 0 ? 0 : addressOf(control));
        message.putLong(SocketLayout.MESSAGE_CONTROL_LENGTH, length);
        message.putInt(SocketLayout.MESSAGE_FLAGS, 0);
    }

    private List<RawFile> receivedDescriptors(Path name) {
        List<RawFile> descriptors = new ArrayList<>();
        if (message.getLong(SocketLayout.MESSAGE_CONTROL_LENGTH) >= SocketLayout.CONTROL_DATA
                && control.getInt(SocketLayout.CONTROL_TYPE) == SocketLayout.SCM_RIGHTS) {
            long end = control.getLong(SocketLayout.CONTROL_BYTES);
            for (int at = SocketLayout.CONTROL_DATA; at < end; at += Integer.BYTES) {
                descriptors.add(RawFile.of(name, control.getInt(at)));
            }
        }
        return descriptors;
    }

    private void retryOrThrow(String call) throws ErrnoException {
        if (LibC.errno() == Errno.EAGAIN.number()) {
            throw new ErrnoException(call + " " + path, Errno.ETIMEDOUT.number());
        }
        if (LibC.errno() != Errno.EINTR.number()) {
            throw LibC.failure(call, path);
        }
    }

    /** Ends the conversation: who waits for a message, here or on the other side, gets the end. */
    public void shutDown() {
        libc.shutdown(fd, SocketLayout.SHUT_RDWR); // fails only if the other side has ended it before
    }

    private void check(String call, int result) throws ErrnoException {
        if (result < 0) {
            throw LibC.failure(call, path);
        }
    }

    private static ByteBuffer struct(int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }

    /** Where what remains in a direct buffer begins in memory. */
    private static long addressOf(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer).address();
    }

    @Override
    public void close() throws ErrnoException {
        check("close", LibC.descriptors().close(fd));
    }
}
