package io.obd.containerd;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.flush.FlushConsolidationHandler;
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

/** A gRPC server on a unix socket. The socket file has mode 0600, and a directory that had to be made for it 0700. */
public final class UnixSocketServer implements AutoCloseable {
    /** What containerd's clients and servers accept as well. */
    static final int MAX_MESSAGE_BYTES = 16 << 20;

    /** So many answers are gathered before they leave in the middle of a turn. */
    private static final int MOST_FLUSHES = 64;

    private static final Duration ABORT_GRACE = Duration.ofSeconds(5);
    private static final Duration REHEARSAL_LIMIT = Duration.ofSeconds(30);

    /** What a client of HTTP/2 begins with: the preface and an empty SETTINGS frame. */
    private static final String GREETING = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";

    private final Path socket;
    private final Server server;
    private final EventLoopGroup eventLoop;
    private final Optional<ExecutorService> calls;

    private UnixSocketServer(Path socket, Server server, EventLoopGroup eventLoop, Optional<ExecutorService> calls) {
        this.socket = socket;
        this.server = server;
        this.eventLoop = eventLoop;
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
     * As {@link #start}, for services that hand over what may wait: they are called on the one thread that serves the socket,
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
        EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        NettyServerBuilder builder = NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(bound))
                .channelFactory(UnixSocketServer::listener)
                .bossEventLoopGroup(eventLoop)
                .workerEventLoopGroup(eventLoop)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES);
        calls.ifPresentOrElse(builder::executor, builder::directExecutor);
        services.forEach(builder::addService);
        UnixSocketServer started = new UnixSocketServer(socket, builder.build(), eventLoop, calls);
        try {
            started.server.start();
            Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-------"));
            rehearse(bound);
            Files.move(bound, socket, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(bound);
            started.close();
            throw e.getCause() == null
                    ? e
                    : new IOException(socket + ": " + e.getCause().getMessage(), e);
        }
        return started;
    }

    /**
     * What is written to a connection in one turn of the event loop leaves with one system call. A Go client sends a ping
     * along with each call, whose answer would go by itself, ahead of the call's, and wake it twice.
     */
    private static ServerChannel listener() {
        ServerChannel listener = new NioServerDomainSocketChannel();
        listener.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object connection) {
                ((Channel) connection).pipeline().addFirst(new FlushConsolidationHandler(MOST_FLUSHES, true));
                context.fireChannelRead(connection);
            }
        });
        return listener;
    }

    private static void rehearse(Path bound) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(bound));
                Selector selector = Selector.open()) {
            channel.write(ByteBuffer.wrap(GREETING.getBytes(StandardCharsets.ISO_8859_1)));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            if (selector.select(REHEARSAL_LIMIT.toMillis()) == 0) {
                throw new IOException(bound + ": the server has not answered its first connection in "
                        + REHEARSAL_LIMIT.toSeconds() + " s");
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
        eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
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
