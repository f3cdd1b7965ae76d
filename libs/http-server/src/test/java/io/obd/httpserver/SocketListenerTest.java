package io.obd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketListenerTest {
    private static final String NAME = "api.sock";

    private Path base;

    /** Not a directory of JUnit, whose names are longer. */
    @BeforeEach
    void prepare() throws IOException {
        base = Files.createTempDirectory("s").toRealPath();
    }

    @AfterEach
    void remove() throws IOException {
        try (Stream<Path> files = Files.list(base)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(base);
    }

    @Test
    void onlyTheOwnerMayConnect() throws Exception {
        Path socket = base.resolve(NAME);
        Files.writeString(socket, "what a killed program leaves");
        try (SocketListener _ = listen(socket)) {
            assertThat(Files.getPosixFilePermissions(socket)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
            try (Stream<Path> files = Files.list(base)) {
                assertThat(files).containsExactly(socket);
            }
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void theLongestNameThatJavaTakesCanBeListenedOn() throws Exception {
        Path socket = named(106);
        try (SocketListener _ = listen(socket);
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertThat(channel.isConnected()).isTrue();
        }
    }

    @Test
    void aLongerNameIsRefusedWithItsLength() {
        Path socket = named(107);

        assertThatThrownBy(() -> listen(socket))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(socket.toString())
                .hasMessageContaining("has 107 bytes, 106 are the most");
    }

    @Test
    void aHiddenNameCanBeListenedOn() throws Exception {
        Path socket = base.resolve(".sock");
        try (SocketListener _ = listen(socket);
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertThat(channel.isConnected()).isTrue();
        }
    }

    private Path named(int length) {
        return base.resolve("n".repeat(length - base.toString().length() - 1));
    }

    private static SocketListener listen(Path socket) throws IOException {
        return SocketListener.listen("test", socket, _ -> new ChannelInboundHandlerAdapter());
    }
}
