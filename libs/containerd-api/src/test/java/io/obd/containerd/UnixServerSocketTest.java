package io.obd.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixServerSocketTest {
    @TempDir
    Path dir;

    private final TransportThreads threads = new TransportThreads();

    @Test
    void takesConnections() throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("s.sock"));
        try (ServerSocket server = new UnixServerSocketFactory(threads).createServerSocket()) {
            server.bind(address);
            try (SocketChannel client = SocketChannel.open(address);
                    Socket taken = server.accept()) {
                taken.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
                taken.getOutputStream().close();
                assertThat(server.getLocalSocketAddress()).isEqualTo(address);
                assertThat(new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo("hello");
            }
        }
    }

    @Test
    void goesOnWhenAConnectionCannotBeTaken() throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(dir.resolve("s.sock"));
        ServerSocketChannel channel = new FailingOnce(ServerSocketChannel.open(StandardProtocolFamily.UNIX));
        try (ServerSocket server = new UnixServerSocket(channel, threads)) {
            server.bind(address);
            try (SocketChannel client = SocketChannel.open(address);
                    Socket taken = server.accept()) {
                assertThat(client.isConnected()).isTrue();
                assertThat(taken.isConnected()).isTrue();
            }
        }
    }

    @Test
    void aClosedOneTakesNoMore() throws Exception {
        ServerSocket server = new UnixServerSocketFactory(threads).createServerSocket();
        server.bind(UnixDomainSocketAddress.of(dir.resolve("s.sock")));
        server.close();
        assertThat(server.isClosed()).isTrue();
        assertThatThrownBy(server::accept).isInstanceOf(ClosedChannelException.class);
    }

    /** A listening socket whose process has no file descriptors left, once. */
    private static final class FailingOnce extends ServerSocketChannel {
        private final ServerSocketChannel channel;
        private boolean failed;

        FailingOnce(ServerSocketChannel channel) {
            super(channel.provider());
            this.channel = channel;
        }

        @Override
        public SocketChannel accept() throws IOException {
            if (!failed) {
                failed = true;
                throw new IOException("Too many open files");
            }
            return channel.accept();
        }

        @Override
        public ServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
            channel.bind(local, backlog);
            return this;
        }

        @Override
        public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
            channel.setOption(name, value);
            return this;
        }

        @Override
        public <T> T getOption(SocketOption<T> name) throws IOException {
            return channel.getOption(name);
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            return channel.supportedOptions();
        }

        @Override
        public ServerSocket socket() {
            throw new UnsupportedOperationException();
        }

        @Override
        public SocketAddress getLocalAddress() throws IOException {
            return channel.getLocalAddress();
        }

        @Override
        protected void implCloseSelectableChannel() throws IOException {
            channel.close();
        }

        @Override
        protected void implConfigureBlocking(boolean block) throws IOException {
            channel.configureBlocking(block);
        }
    }
}
