package io.obd.containerd;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import javax.net.ServerSocketFactory;

/** Makes sockets that are bound to a path afterwards. */
final class UnixServerSocketFactory extends ServerSocketFactory {
    private final TransportThreads threads;

    UnixServerSocketFactory(TransportThreads threads) {
        this.threads = threads;
    }

    @Override
    public ServerSocket createServerSocket() throws IOException {
        return new UnixServerSocket(ServerSocketChannel.open(StandardProtocolFamily.UNIX), threads);
    }

    @Override
    public ServerSocket createServerSocket(int port) {
        throw noPorts();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) {
        throw noPorts();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
        throw noPorts();
    }

    private static UnsupportedOperationException noPorts() {
        return new UnsupportedOperationException("a unix socket has no port");
    }
}
