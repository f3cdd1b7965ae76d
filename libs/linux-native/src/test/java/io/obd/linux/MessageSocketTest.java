package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class MessageSocketTest {
    private static final Path RECEIVED = Path.of("received");

    @TempDir
    Path dir;

    private MessageSocket listening;
    private MessageSocket client;
    private MessageSocket server;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MessageSocket.MAX_MESSAGE);

    @BeforeEach
    void connect() throws IOException {
        listening = MessageSocket.listen(dir.resolve("s"));
        client = MessageSocket.connect(dir.resolve("s"), Duration.ofSeconds(1));
        server = listening.accept();
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        server.close();
        listening.close();
    }

    private static ByteBuffer text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private String text() {
        return StandardCharsets.UTF_8.decode(buffer).toString();
    }

    @Test
    void eachMessageArrivesByItself() throws IOException {
        client.send(text("one"), List.of());
        client.send(text("two"), List.of());

        assertThat(server.receive(buffer, RECEIVED)).isEmpty();
        assertThat(text()).isEqualTo("one");
        assertThat(server.receive(buffer, RECEIVED)).isEmpty();
        assertThat(text()).isEqualTo("two");
    }

    @Test
    void waitsForOthersAreLimited() throws IOException {
        try (MessageSocket limited = MessageSocket.listenStream(dir.resolve("limited"), Duration.ofSeconds(1))) {
            assertThatThrownBy(limited::accept)
                    .isInstanceOfSatisfying(
                            ErrnoException.class,
                            e -> assertThat(e.is(Errno.ETIMEDOUT)).isTrue());
            try (MessageSocket silent = MessageSocket.connectStream(dir.resolve("limited"), Duration.ofSeconds(5));
                    MessageSocket accepted = limited.accept()) {
                assertThat(silent).isNotNull();
                assertThatThrownBy(() -> accepted.receive(buffer, RECEIVED))
                        .isInstanceOfSatisfying(
                                ErrnoException.class,
                                e -> assertThat(e.is(Errno.ETIMEDOUT)).isTrue());
            }
        }
    }

    @Test
    void aDescriptorThatArrivesIsTheSameOpenFile() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "abcdef");
        try (RawFile sent = RawFile.open(file, RawFile.READ_ONLY)) {
            sent.read(ByteBuffer.allocateDirect(3));
            client.send(text("take it"), List.of(sent));
        }

        List<RawFile> received = server.receive(buffer, RECEIVED);

        assertThat(received).hasSize(1);
        try (RawFile file2 = received.getFirst()) {
            ByteBuffer rest = ByteBuffer.allocateDirect(10);
            assertThat(file2.read(rest)).isEqualTo(3);
            assertThat(StandardCharsets.US_ASCII.decode(rest.flip()).toString()).isEqualTo("def");
        }
    }

    @Test
    void asManyDescriptorsAsAreAllowedArrive() throws IOException {
        List<RawFile> sent = new ArrayList<>();
        for (int i = 0; i < MessageSocket.MAX_DESCRIPTORS; i++) {
            sent.add(RawFile.open(Path.of("/dev/null"), RawFile.READ_ONLY));
        }
        client.send(text("many"), sent);

        List<RawFile> received = server.receive(buffer, RECEIVED);

        assertThat(received).hasSameSizeAs(sent);
        for (RawFile file : received) {
            file.close();
        }
        sent.add(sent.getFirst());
        assertThatThrownBy(() -> client.send(text("too many"), sent)).hasMessageContaining("EMSGSIZE");
        sent.removeLast();
        for (RawFile file : sent) {
            file.close();
        }
    }

    @Test
    void theEndIsAnEmptyMessage() throws IOException {
        client.shutDown();

        server.receive(buffer, RECEIVED);

        assertThat(buffer.hasRemaining()).isFalse();
    }

    @Test
    void whoDoesNotAnswerWithinTheLimitIsGivenUp() {
        assertThatThrownBy(() -> client.receive(buffer, RECEIVED)).hasMessageContaining("ETIMEDOUT");
    }

    @Test
    void aPathWithoutAListenerIsNamed() {
        Path nobody = dir.resolve("nobody");

        assertThatThrownBy(() -> MessageSocket.connect(nobody, Duration.ofSeconds(1)))
                .hasMessage("connect to " + nobody + ": ENOENT (no such file or directory)");
    }

    @Test
    void aMessageThatIsCutIsAnError() throws IOException {
        client.send(text("long"), List.of());

        assertThatThrownBy(() -> server.receive(ByteBuffer.allocateDirect(2).order(ByteOrder.nativeOrder()), RECEIVED))
                .hasMessageContaining("EMSGSIZE");
    }
}
