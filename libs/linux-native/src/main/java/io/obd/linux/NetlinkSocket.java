package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A socket of generic netlink, used for commands or for events. */
final class NetlinkSocket implements Closeable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int NETLINK_GENERIC = 16;

    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_ADD_MEMBERSHIP = 1;
    private static final int NETLINK_NO_ENOBUFS = 5;

    /** An event that is lost leaves a kernel thread waiting: room for those of some thousand devices. */
    private static final int EVENT_BUFFER = 4 << 20;

    private static final int MESSAGE = 64 << 10;

    private final RawFile socket;
    private final ReadableWait readable;
    private final ByteBuffer message = direct(MESSAGE);
    private final ByteBuffer address = direct(NetlinkLayout.ADDRESS_LENGTH);
    private final ByteBuffer addressLength = direct(Integer.BYTES);
    private int sequence;

    private NetlinkSocket(RawFile socket) throws ErrnoException {
        this.socket = socket;
        this.readable = new ReadableWait(socket.fd());
        message.limit(0);
    }

    static NetlinkSocket open() throws ErrnoException {
        int fd = LibC.sockets().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
        if (fd < 0) {
            throw LibC.failure("netlink socket");
        }
        RawFile socket = new RawFile(Path.of("netlink"), fd);
        try {
            ByteBuffer any = direct(NetlinkLayout.ADDRESS_LENGTH).putShort(0, (short) AF_NETLINK);
            if (LibC.sockets().bind(fd, any, NetlinkLayout.ADDRESS_LENGTH) < 0) {
                throw LibC.failure("netlink bind");
            }
            return new NetlinkSocket(socket);
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
    }

    private static ByteBuffer direct(int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }

    /** Has the kernel send the events of a group here. */
    void join(int group) throws ErrnoException {
        option(SOL_SOCKET, SO_RCVBUFFORCE, EVENT_BUFFER);
        option(SOL_NETLINK, NETLINK_NO_ENOBUFS, 1);
        option(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    }

    private void option(int level, int option, int value) throws ErrnoException {
        ByteBuffer argument = direct(Integer.BYTES).putInt(0, value);
        if (LibC.sockets().setsockopt(socket.fd(), level, option, argument, Integer.BYTES) < 0) {
            throw LibC.failure("netlink setsockopt " + level + "/" + option);
        }
    }

    /**
     * Sends a request and returns what the kernel answers before its acknowledgement, if anything.
     *
     * @throws ErrnoException if the kernel refuses
     */
    synchronized Optional<GenlMessage> request(int family, GenlMessage request) throws IOException {
        sequence++;
        request.write(message, family, sequence);
        socket.write(message);
        message.limit(0);
        GenlMessage answer = null;
        while (true) {
            ByteBuffer next = next();
            if (next.getInt(next.position() + NetlinkLayout.SEQUENCE) != sequence) {
                continue; // what an earlier request that failed half-way left
            }
            int type = Short.toUnsignedInt(next.getShort(next.position() + NetlinkLayout.TYPE));
            if (type == NetlinkLayout.TYPE_ERROR) {
                int error = -next.getInt(next.position() + NetlinkLayout.ERROR_NUMBER);
                if (error != 0) {
                    throw new ErrnoException("netlink command " + request.command(), error);
                }
                return Optional.ofNullable(answer);
            }
            answer = GenlMessage.read(next);
        }
    }

    /** Waits for an event; null after {@link #end}. */
    @Nullable
    GenlMessage nextEvent(int family) throws IOException {
        while (true) {
            if (!message.hasRemaining() && !readable.await()) {
                return null;
            }
            ByteBuffer next = next();
            if (Short.toUnsignedInt(next.getShort(next.position() + NetlinkLayout.TYPE)) == family) {
                return GenlMessage.read(next);
            }
        }
    }

    void end() throws ErrnoException {
        readable.end();
    }

    /** The next message: one datagram may hold several. */
    private ByteBuffer next() throws IOException {
        while (!message.hasRemaining()) {
            receive();
        }
        int start = message.position();
        int length = message.remaining() < NetlinkLayout.HEADER ? 0 : message.getInt(start + NetlinkLayout.LENGTH);
        if (length < NetlinkLayout.HEADER || length > message.remaining()) {
            int held = message.remaining();
            message.limit(start);
            throw new IOException("netlink: a message says it has " + length + " bytes, there are " + held);
        }
        message.position(Math.min(message.limit(), start + NetlinkLayout.align(length)));
        return message.slice(start, length).order(ByteOrder.nativeOrder());
    }

    private void receive() throws ErrnoException {
        message.clear();
        addressLength.putInt(0, NetlinkLayout.ADDRESS_LENGTH);
        long length = LibC.sockets().recvfrom(socket.fd(), message, message.capacity(), 0, address, addressLength);
        message.limit(0);
        if (length < 0) {
            if (LibC.errno() == Errno.EINTR.number()) {
                return;
            }
            throw LibC.failure("netlink receive");
        }
        boolean fromKernel = address.getInt(NetlinkLayout.ADDRESS_PORT) == 0;
        message.limit(fromKernel ? (int) length : 0);
    }

    @Override
    public void close() throws ErrnoException {
        try (readable) {
            socket.close();
        }
    }
}
