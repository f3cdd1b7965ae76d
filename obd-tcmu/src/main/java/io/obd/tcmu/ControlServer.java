package io.obd.tcmu;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Listens on the control socket, which only its owner may connect to. */
final class ControlServer implements Closeable {
    private static final int REQUEST_LIMIT = 1 << 20;
    private static final int SECONDS_TO_SEND_A_REQUEST = 30;

    private final Path socket;
    private final EventLoopGroup events;
    private final ExecutorService handlers;
    private final Channel channel;

    private ControlServer(Path socket, EventLoopGroup events, ExecutorService handlers, Channel channel) {
        this.socket = socket;
        this.events = events;
        this.handlers = handlers;
        this.channel = channel;
    }

    /** Begins to listen, replacing a socket file that is there. */
    static ControlServer listen(Path socket, ControlApi api) throws IOException {
        EventLoopGroup events = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("control", true), NioIoHandler.newFactory());
        ExecutorService handlers = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("control-", 0).factory());
        // Bound under another name and moved: nobody can connect before the mode is right.
        Path hidden = socket.resolveSibling("." + socket.getFileName() + ".new");
        Files.deleteIfExists(hidden);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(events)
                .channel(NioServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connection
                                .pipeline()
                                .addLast(new ReadTimeoutHandler(SECONDS_TO_SEND_A_REQUEST))
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(REQUEST_LIMIT))
                                .addLast(new ControlHandler(api, handlers));
                    }
                });
        var bound = bootstrap.bind(UnixDomainSocketAddress.of(hidden)).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            var _ = events.shutdownGracefully();
            throw new IOException("cannot listen on " + socket, bound.cause());
        }
        Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
        Files.move(hidden, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new ControlServer(socket, events, handlers, bound.channel());
    }

    /** Takes no more requests; those under way go on. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(socket);
        channel.close().awaitUninterruptibly();
        handlers.shutdown();
        var _ = events.shutdownGracefully();
    }
}
