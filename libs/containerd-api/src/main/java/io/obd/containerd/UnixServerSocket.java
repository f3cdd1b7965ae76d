package io.obd.containerd;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening unix socket for servers that know only {@link ServerSocket}. */
final class UnixServerSocket extends ServerSocket {
    private static final Logger LOG = LoggerFactory.getLogger(UnixServerSocket.class);
    private static final long PAUSE_MILLIS = 100;

    private final ServerSocketChannel channel;
    private final TransportThreads threads;
    private @Nullable SocketAddress address;

    /** @param channel not bound yet; closed with the socket */
    UnixServerSocket(ServerSocketChannel channel, TransportThreads threads) throws IOException {
        this.channel = channel;
        this.threads = threads;
    }

    @Override
    public void bind(SocketAddress address) throws IOException {
        this.address = address;
        channel.bind(address);
    }

    /**
     * Waits for a connection. One that cannot be taken, for want of file descriptors or memory, costs the server nothing but
     * a pause: the server would end with an exception.
     *
     * @throws ClosedChannelException when the socket was closed
     */
    @Override
    public Socket accept() throws IOException {
        while (true) {
            threads.endTurn();
            try {
                return UnixSocket.accepted(channel.accept(), threads);
            } catch (ClosedChannelException e) {
                throw e;
            } catch (IOException e) {
                LOG.warn("{}: a connection cannot be taken, trying again: {}", address, e.getMessage());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
            }
        }
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return address;
    }

    @Override
    public boolean isBound() {
        return address != null;
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
