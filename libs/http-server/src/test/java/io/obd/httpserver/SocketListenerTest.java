package io.obd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
        leaveSocket(socket);
        try (SocketListener _ = listen(socket)) {
            assertThat(Files.getPosixFilePermissions(socket)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
            try (Stream<Path> files = Files.list(base)) {
                assertThat(files).containsExactly(socket);
            }
        }
        assertThat(socket).doesNotExist();
    }

    /** What a killed program leaves. */
    private static void leaveSocket(Path socket) throws IOException {
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(socket));
        }
    }

    @Test
    void aSocketThatSomebodyListensOnIsLeftToThem() throws Exception {
        Path socket = base.resolve(NAME);
        try (SocketListener _ = listen(socket)) {
            assertThatThrownBy(() -> listen(socket))
                    .isInstanceOf(IOException.class)
                    .hasMessage("cannot listen on " + socket + ": it is in use by another process");
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                assertThat(channel.isConnected()).isTrue();
            }
        }
    }

    @Test
    void aSocketWhoseOwnerTakesNobodyIsLeftToThem() throws Exception {
        Path socket = base.resolve(NAME);
        try (ServerSocketChannel busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            busy.bind(UnixDomainSocketAddress.of(socket), 1);
            List<SocketChannel> waiting = new ArrayList<>();
            assertThatThrownBy(() -> {
                        while (true) {
                            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                            waiting.add(channel);
                            channel.configureBlocking(false);
                            channel.connect(UnixDomainSocketAddress.of(socket));
                        }
                    })
                    .isInstanceOf(SocketException.class);
            try {
                assertThatThrownBy(() -> listen(socket))
                        .hasMessage("cannot listen on " + socket + ": it is in use by another process");
            } finally {
                for (SocketChannel channel : waiting) {
                    channel.close();
                }
            }
        }
    }

    @Test
    void whoIsReplacedLeavesTheSocketOfTheSuccessor() throws Exception {
        Path socket = base.resolve(NAME);
        SocketListener before = listen(socket);
        try (SocketListener _ = SocketListener.replace("test", socket, _ -> new ChannelInboundHandlerAdapter())) {
            before.close();
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                assertThat(channel.isConnected()).isTrue();
            }
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void whatIsNoSocketIsNotReplaced() throws Exception {
        Path file = Files.writeString(base.resolve(NAME), "of somebody");

        assertThatThrownBy(() -> listen(file))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot listen on " + file + ": there is something that is no socket");
        assertThat(file).hasContent("of somebody");
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

    @Test
    @Timeout(30)
    void whatIsUnderWayIsAnsweredBeforeTheEnd() throws Exception {
        Path socket = base.resolve(NAME);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch known = new CountDownLatch(1);
        SocketListener listener = SocketListener.listen("test", socket, handlers -> new Slow(handlers, asked, known));
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            client.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            asked.await();
            Thread closing = Thread.ofVirtual().start(() -> close(listener));
            assertThat(closing.join(Duration.ofMillis(200))).isFalse();
            known.countDown();
            closing.join();

            client.configureBlocking(false);
            ByteBuffer answer = ByteBuffer.allocate(1 << 10);
            client.read(answer);
            assertThat(new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 204");
        }
    }

    private static void close(SocketListener listener) {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Answers when it is told to. */
    private static final class Slow extends JsonHandler {
        private final CountDownLatch asked;
        private final CountDownLatch known;

        Slow(Executor handlers, CountDownLatch asked, CountDownLatch known) {
            super(handlers);
            this.asked = asked;
            this.known = known;
        }

        @Override
        protected Answer answer(HttpMethod method, QueryStringDecoder uri, byte[] body) {
            asked.countDown();
            try {
                known.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new Answer(HttpResponseStatus.NO_CONTENT, null);
        }

        @Override
        protected Answer notUnderstood() {
            throw new IllegalStateException("not called");
        }

        @Override
        protected Answer failed(Throwable error) {
            throw new IllegalStateException(error);
        }
    }

    private Path named(int length) {
        return base.resolve("n".repeat(length - base.toString().length() - 1));
    }

    private static SocketListener listen(Path socket) throws IOException {
        return SocketListener.listen("test", socket, _ -> new ChannelInboundHandlerAdapter());
    }
}
