package io.obd.unixhttp;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UnixConnectionTest {
    private final List<SocketChannel> waiting = new ArrayList<>();
    private Path directory;
    private Path socket;
    private ServerSocketChannel server;

    /** Not a directory of JUnit, whose names are too long for sockets. */
    @BeforeEach
    void listenAndTakeNobody() throws IOException {
        directory = Files.createTempDirectory("s");
        socket = directory.resolve("s.sock");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket), 1);
        assertThatThrownBy(() -> {
                    while (true) {
                        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                        waiting.add(channel);
                        channel.configureBlocking(false);
                        channel.connect(UnixDomainSocketAddress.of(socket));
                    }
                })
                .isInstanceOf(SocketException.class);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        for (SocketChannel channel : waiting) {
            channel.close();
        }
        Files.delete(socket);
        Files.delete(directory);
    }

    @Test
    void whereTooManyWaitAConnectionFailsInTime() {
        assertThatThrownBy(() -> UnixConnection.open(socket, Duration.ofMillis(100)))
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessage(socket + ": nobody takes the connection in time");
    }

    @Test
    void whoWaitsIsTakenWhenThereIsRoom() throws Exception {
        FutureTask<UnixConnection> connection =
                new FutureTask<>(() -> UnixConnection.open(socket, Duration.ofSeconds(50)));
        Thread.ofVirtual().start(connection);

        for (int taken = 0; taken < waiting.size() - 1; taken++) { // the last one was refused
            server.accept().close();
        }
        connection.get().close();
    }
}
