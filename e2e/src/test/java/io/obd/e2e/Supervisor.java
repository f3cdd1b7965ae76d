package io.obd.e2e;

import io.obd.linux.MessageSocket;
import io.obd.linux.RawFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Keeps what a daemon needs to go on in the place of another one. */
final class Supervisor implements AutoCloseable {
    private final MessageSocket socket;
    private byte[] state = {};
    private List<RawFile> descriptors = List.of();

    private Supervisor(MessageSocket socket) {
        this.socket = socket;
    }

    static Supervisor listen(Path path) throws IOException {
        return new Supervisor(MessageSocket.listenStream(path));
    }

    interface Step {
        void run() throws Exception;
    }

    /** Has a daemon send what it has, which the step asks it for. */
    void receive(Step step) throws Exception {
        CompletableFuture<Void> received = beside(this::take);
        step.run();
        received.join();
    }

    /** Gives a daemon what another one has sent, which the step has it ask for. */
    void send(Step step) throws Exception {
        CompletableFuture<Void> sent = beside(this::give);
        step.run();
        sent.join();
    }

    private static CompletableFuture<Void> beside(Step step) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform().name("supervisor").daemon().start(() -> {
            try {
                step.run();
                done.complete(null);
            } catch (Exception e) { // the edge of the thread: who waits for it gets it
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private void take() throws IOException {
        forget();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MessageSocket daemon = socket.accept()) {
            ByteBuffer part = ByteBuffer.allocateDirect(MessageSocket.MAX_MESSAGE);
            descriptors = daemon.receive(part, Path.of("/dev/fuse"));
            while (part.hasRemaining()) {
                byte[] copy = new byte[part.remaining()];
                part.get(copy);
                bytes.write(copy);
                var _ = daemon.receive(part, Path.of("/dev/fuse"));
            }
        }
        state = bytes.toByteArray();
    }

    private void give() throws IOException {
        try (MessageSocket daemon = socket.accept()) {
            daemon.send(ByteBuffer.allocateDirect(state.length).put(state).flip(), descriptors);
        }
    }

    private void forget() throws IOException {
        for (RawFile descriptor : descriptors) {
            descriptor.close();
        }
        descriptors = List.of();
    }

    @Override
    public void close() throws IOException {
        forget();
        socket.close();
    }
}
