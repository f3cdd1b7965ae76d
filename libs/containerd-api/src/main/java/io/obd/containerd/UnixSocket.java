package io.obd.containerd;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A connected unix socket for clients and servers that know only {@link Socket}. Options of TCP are accepted and mean nothing. */
final class UnixSocket extends Socket {
    private final SocketChannel channel;
    private final SocketAddress address;
    private final InputStream in;
    private final OutputStream out;

    private UnixSocket(SocketChannel channel, SocketAddress address, InputStream in) throws IOException {
        super((SocketImpl) null);
        this.channel = channel;
        this.address = address;
        this.in = in;
        this.out = new ChannelOutput(channel);
    }

    static UnixSocket connect(Path path) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(address);
        } catch (IOException e) {
            channel.close();
            throw new IOException(path + ": " + e.getMessage(), e);
        }
        return new UnixSocket(channel, address, Channels.newInputStream(channel));
    }

    /** What a server took. Reading from it ends the reader's turn. */
    static UnixSocket accepted(SocketChannel channel, TransportThreads threads) throws IOException {
        InputStream in = new FilterInputStream(Channels.newInputStream(channel)) {
            @Override
            public int read() throws IOException {
                threads.endTurn();
                return super.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                threads.endTurn();
                return super.read(bytes, offset, length);
            }
        };
        return new UnixSocket(channel, channel.getLocalAddress(), in);
    }

    @Override
    public InputStream getInputStream() {
        return in;
    }

    @Override
    public OutputStream getOutputStream() {
        return out;
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return address;
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return address;
    }

    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public void setSoTimeout(int milliseconds) {}

    @Override
    public boolean isConnected() {
        return channel.isConnected();
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
