package io.obd.image;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Listens on a unix socket and gives each connection the next prepared answer; none prepared: none given. */
final class FakeDaemon implements Closeable {
    private final ServerSocketChannel server;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

    FakeDaemon(Path socket) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().name("fake-daemon").start(this::serve);
    }

    void answer(String bytes) {
        requests.clear();
        answers.add(bytes);
    }

    String request() throws InterruptedException {
        return requests.take();
    }

    private void serve() {
        try {
            while (true) {
                try (SocketChannel channel = server.accept()) {
                    ByteBuffer request = ByteBuffer.allocate(65536);
                    channel.read(request);
                    requests.add(new String(request.array(), 0, request.position(), StandardCharsets.UTF_8));
                    channel.write(ByteBuffer.wrap(answers.take().getBytes(StandardCharsets.UTF_8)));
                }
            }
        } catch (IOException | InterruptedException closed) {
            // The test is over.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
