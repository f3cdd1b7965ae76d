package io.obd.linux;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The socket on which systemd hears of its services: each message is a datagram of lines such as {@code READY=1}. The
 * address is that of the variable {@code NOTIFY_SOCKET}.
 */
public final class NotifySocket implements Closeable {
    private final RawFile socket;

    private NotifySocket(RawFile socket) {
        this.socket = socket;
    }

    /**
     * Connects.
     *
     * @param address path of the socket, or a name in the abstract namespace behind an {@code @}
     * @throws ErrnoException if nobody listens there
     */
    public static NotifySocket connect(String address) throws ErrnoException {
        ByteBuffer bytes = address(address);
        RawFile socket = open(Path.of(address), SocketLayout.SOCK_NONBLOCK);
        if (LibC.sockets().connect(socket.fd(), bytes, bytes.capacity()) < 0) {
            ErrnoException failure = LibC.failure("connect to", Path.of(address));
            socket.close();
            throw failure;
        }
        return new NotifySocket(socket);
    }

    static RawFile open(Path name, int flags) throws ErrnoException {
        int type = SocketLayout.SOCK_DGRAM | SocketLayout.SOCK_CLOEXEC | flags;
        int fd = LibC.sockets().socket(SocketLayout.AF_UNIX, type, 0);
        if (fd < 0) {
            throw LibC.failure("socket", name);
        }
        return RawFile.of(name, fd);
    }

    /** An abstract name begins with a NUL and ends with the struct; a path ends with a NUL. */
    static ByteBuffer address(String address) throws ErrnoException {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = address.startsWith("@");
        int length = SocketLayout.ADDRESS_PATH + name.length + (isAbstract ? 0 : 1);
        if (length > SocketLayout.ADDRESS_LENGTH) {
            throw new ErrnoException("socket " + address, Errno.ENAMETOOLONG.number());
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
        bytes.putShort(SocketLayout.ADDRESS_FAMILY, (short) SocketLayout.AF_UNIX);
        bytes.put(SocketLayout.ADDRESS_PATH, name);
        if (isAbstract) {
            bytes.put(SocketLayout.ADDRESS_PATH, (byte) 0);
        }
        return bytes;
    }

    /**
     * Sends a message. Does not wait for who listens.
     *
     * @throws ErrnoException EAGAIN if he has not taken the ones before
     */
    public void send(String lines) throws ErrnoException {
        byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
        socket.write(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
    }

    @Override
    public void close() throws ErrnoException {
        socket.close();
    }
}
