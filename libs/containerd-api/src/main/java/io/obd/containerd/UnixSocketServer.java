package io.obd.containerd;

import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;

/** A gRPC server on a unix socket. The socket file has mode 0600, and a directory that had to be made for it 0700. */
public final class UnixSocketServer implements AutoCloseable {
    /** What containerd's clients and servers accept as well. */
    static final int MAX_MESSAGE_BYTES = 16 << 20;

    private static final Duration ABORT_GRACE = Duration.ofSeconds(5);
    private static final Duration REHEARSAL_LIMIT = Duration.ofSeconds(30);

    /** What a client of HTTP/2 begins with: the preface and an empty SETTINGS frame. */
    private static final String GREETING = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";

    private final Path socket;
    private final Server server;

    /** Held, for a logger that nobody holds is forgotten with what was set. */
    private final Logger transport;

    private final Optional<ExecutorService> calls;

    private UnixSocketServer(Path socket, Server server, Optional<ExecutorService> calls) {
        this.socket = socket;
        this.server = server;
        this.transport = Logger.getLogger("io.grpc.okhttp.OkHttpServerTransport");
        // Who connects and goes away again, as a probe does, is not worth a stack trace.
        transport.setFilter(record -> !(record.getThrown() instanceof IOException));
        this.calls = calls;
    }

    /**
     * Binds and serves; each call runs on a virtual thread of its own. The socket appears when the server answers at once:
     * a first connection takes a JVM long, and containerd gives one a second.
     *
     * @throws FileAlreadyExistsException if a server answers on this socket, or the path is something else than a socket
     */
    public static UnixSocketServer start(Path socket, List<? extends BindableService> services) throws IOException {
        return start(
                socket,
                services,
                Optional.of(Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("grpc-", 0).factory())));
    }

    /**
     * As {@link #start}, for services that hand over what may wait: they are called on the thread that reads the connection,
     * which is the quickest way.
     *
     * @throws FileAlreadyExistsException if a server answers on this socket, or the path is something else than a socket
     */
    public static UnixSocketServer startDirect(Path socket, List<? extends BindableService> services)
            throws IOException {
        return start(socket, services, Optional.empty());
    }

    private static UnixSocketServer start(
            Path socket, List<? extends BindableService> services, Optional<ExecutorService> calls) throws IOException {
        makeRoomFor(socket);
        Path bound = socket.resolveSibling("." + socket.getFileName());
        Files.deleteIfExists(bound);
        TransportThreads threads = new TransportThreads();
        WholeAnswers answers = new WholeAnswers(threads);
        OkHttpServerBuilder builder = OkHttpServerBuilder.forPort(
                        UnixDomainSocketAddress.of(bound), InsecureServerCredentials.create())
                .socketFactory(new UnixServerSocketFactory(threads))
                .transportExecutor(threads)
                .intercept(answers)
                .addTransportFilter(answers)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES);
        calls.ifPresentOrElse(builder::executor, builder::directExecutor);
        services.forEach(builder::addService);
        UnixSocketServer started = new UnixSocketServer(socket, builder.build(), calls);
        try {
            started.server.start();
            Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-------"));
            rehearse(bound);
            Files.move(bound, socket, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(bound);
            started.close();
            throw new IOException(socket + ": " + e.getMessage(), e);
        }
        return started;
    }

    private static void rehearse(Path bound) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(bound));
                Selector selector = Selector.open()) {
            channel.write(ByteBuffer.wrap(GREETING.getBytes(StandardCharsets.ISO_8859_1)));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            if (selector.select(REHEARSAL_LIMIT.toMillis()) == 0) {
                throw new IOException(
                        "the server has not answered its first connection in " + REHEARSAL_LIMIT.toSeconds() + " s");
            }
        }
    }

    /** Where clients connect. */
    public Path socket() {
        return socket;
    }

    /**
     * Takes no further calls, lets running ones end for at most {@code grace}, then breaks them off.
     *
     * @return whether all calls came to their end
     */
    public boolean shutdown(Duration grace) throws IOException, InterruptedException {
        Files.deleteIfExists(socket);
        server.shutdown();
        boolean ended = server.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
            server.shutdownNow();
            server.awaitTermination(ABORT_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        }
        calls.ifPresent(ExecutorService::shutdown);
        return ended;
    }

    /** Stops at once. */
    @Override
    public void close() throws IOException {
        try {
            shutdown(Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void makeRoomFor(Path socket) throws IOException {
        Path directory = socket.toAbsolutePath().getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!isSocket(socket)) {
            throw new FileAlreadyExistsException(socket.toString(), null, "the path is taken and is not a socket");
        }
        if (answers(socket)) {
            throw new FileAlreadyExistsException(socket.toString(), null, "another server answers on this socket");
        }
        Files.delete(socket);
    }

    private static boolean isSocket(Path path) throws IOException {
        int type = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0170000;
        return type == 0140000;
    }

    private static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false; // refused: what a dead server left behind
        }
    }
}
