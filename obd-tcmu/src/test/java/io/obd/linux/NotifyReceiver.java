package io.obd.linux;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What systemd is on the other side of {@link NotifySocket}. */
public final class NotifyReceiver implements Closeable {
    private static final long SECONDS = 30;

    private final RawFile socket;

    private NotifyReceiver(RawFile socket) {
        this.socket = socket;
    }

    /** Listens at a path, or a name behind an {@code @}. */
    public static NotifyReceiver listen(String address) throws ErrnoException {
        ByteBuffer bytes = NotifySocket.address(address);
        RawFile socket = NotifySocket.open(Path.of(address), 0);
        ByteBuffer limit = ByteBuffer.allocateDirect(SocketLayout.TIME_LENGTH)
                .order(ByteOrder.nativeOrder())
                .putLong(SocketLayout.TIME_SECONDS, SECONDS);
        LibC.sockets()
                .setsockopt(socket.fd(), SocketLayout.SOL_SOCKET, SocketLayout.SO_RCVTIMEO, limit, limit.capacity());
        if (LibC.sockets().bind(socket.fd(), bytes, bytes.capacity()) < 0) {
            throw LibC.failure("bind", Path.of(address));
        }
        return new NotifyReceiver(socket);
    }

    /** Waits for the next message; fails with EAGAIN if none comes. */
    public String receive() throws ErrnoException {
        ByteBuffer message = ByteBuffer.allocateDirect(4096);
        socket.read(message);
        return StandardCharsets.UTF_8.decode(message.flip()).toString();
    }

    @Override
    public void close() throws ErrnoException {
        socket.close();
    }
}
