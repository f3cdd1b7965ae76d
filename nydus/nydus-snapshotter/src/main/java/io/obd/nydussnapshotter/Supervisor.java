package io.obd.nydussnapshotter;

import io.obd.linux.MessageSocket;
import io.obd.linux.RawFile;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Keeps what a successor of a daemon needs: a state that only daemons understand, and the descriptor of the mount, which
 * the kernel does not give up while it is open. The state has passwords in it: it is nowhere but in memory. The socket is
 * there only while something is handed over.
 *
 * <p>One thread at a time.
 */
final class Supervisor implements Closeable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int LONGEST = 64 << 20;
    private static final Path DEVICE = Path.of("/dev/fuse");

    private final Path socket;
    private byte[] state = {};
    private List<RawFile> descriptors = List.of();

    /** @param socket where daemons are told to connect */
    Supervisor(Path socket) {
        this.socket = socket;
    }

    Path socket() {
        return socket;
    }

    /** Asks a daemon to connect. */
    interface Request {
        void send() throws IOException;
    }

    private interface Conversation {
        void with(MessageSocket daemon) throws IOException;
    }

    /** Whether there is something to go on with. */
    boolean holds() {
        return !descriptors.isEmpty();
    }

    /**
     * Gets what a daemon has, in the place of what was there before; if nothing comes that stays.
     *
     * @param request has it send that
     */
    void receive(Request request) throws IOException {
        converse(request, this::take);
    }

    /**
     * Gives a daemon what another one has sent, which stays here.
     *
     * @param request has it ask for that
     */
    void give(Request request) throws IOException {
        converse(request, this::put);
    }

    private void converse(Request request, Conversation conversation) throws IOException {
        Files.createDirectories(
                socket.resolveSibling(""),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.deleteIfExists(socket);
        try (MessageSocket listener = MessageSocket.listenStream(socket, LIMIT)) {
            FutureTask<Path> other = new FutureTask<>(() -> {
                try (MessageSocket daemon = listener.accept()) {
                    conversation.with(daemon);
                }
                return socket;
            });
            Thread.ofPlatform().name("supervisor").daemon().start(other);
            try {
                request.send();
            } catch (IOException e) {
                listener.shutDown(); // nobody connects any more
                end(other, e);
                throw e;
            }
            await(other);
        } finally {
            Files.deleteIfExists(socket);
        }
    }

    private static void end(FutureTask<Path> other, IOException failure) {
        try {
            await(other);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static void await(FutureTask<Path> other) throws IOException {
        try {
            other.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(String.valueOf(cause.getMessage()), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a daemon handed over");
        }
    }

    private void take(MessageSocket daemon) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<RawFile> received = new ArrayList<>();
        try {
            ByteBuffer part = ByteBuffer.allocateDirect(MessageSocket.MAX_MESSAGE);
            received.addAll(daemon.receive(part, DEVICE));
            while (part.hasRemaining()) {
                byte[] copy = new byte[part.remaining()];
                part.get(copy);
                bytes.write(copy, 0, copy.length);
                if (bytes.size() > LONGEST) {
                    throw new IOException(socket + ": a state of more than " + LONGEST + " bytes");
                }
                received.addAll(daemon.receive(part, DEVICE));
            }
            if (received.size() != 1) {
                throw new IOException(socket + ": " + received.size() + " descriptors came, not one");
            }
        } catch (IOException e) {
            close(received);
            throw e;
        }
        List<RawFile> before = descriptors;
        state = bytes.toByteArray();
        descriptors = received;
        close(before);
    }

    private void put(MessageSocket daemon) throws IOException {
        for (int at = 0; at < state.length; at += MessageSocket.MAX_MESSAGE) {
            int length = Math.min(MessageSocket.MAX_MESSAGE, state.length - at);
            ByteBuffer part =
                    ByteBuffer.allocateDirect(length).put(state, at, length).flip();
            daemon.send(part, at == 0 ? descriptors : List.of());
        }
    }

    /** Lets go of everything: if no daemon has the mount, its readers get errors now. */
    void forget() throws IOException {
        List<RawFile> held = descriptors;
        descriptors = List.of();
        state = new byte[0];
        close(held);
    }

    private static void close(List<RawFile> descriptors) throws IOException {
        for (RawFile descriptor : descriptors) {
            descriptor.close();
        }
    }

    @Override
    public void close() throws IOException {
        forget();
        Files.deleteIfExists(socket);
    }
}
