package io.obd.httpserver;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes HTTP requests at one address. */
public final class HttpListener implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(HttpListener.class);
    private static final int REQUEST_LIMIT = 1 << 20;
    private static final int SECONDS_TO_SEND_A_REQUEST = 30;
    private static final int SECONDS_TO_ANSWER = 5;

    private final EventLoopGroup events;
    private final ExecutorService handlers;
    private final Channel channel;

    private HttpListener(EventLoopGroup events, ExecutorService handlers, Channel channel) {
        this.events = events;
        this.handlers = handlers;
        this.channel = channel;
    }

    /**
     * Begins to listen.
     *
     * @param name of the threads
     * @param kind of socket
     * @param handler makes the handler of a connection, given where requests are worked on
     */
    public static HttpListener open(
            String name,
            Class<? extends ServerChannel> kind,
            SocketAddress address,
            Function<Executor, ChannelHandler> handler)
            throws IOException {
        EventLoopGroup events =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
        ExecutorService handlers = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name(name + "-", 0).factory());
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(events)
                .channel(kind)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connection
                                .pipeline()
                                .addLast(timeout(address))
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(REQUEST_LIMIT))
                                .addLast(handler.apply(handlers));
                    }
                });
        var bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            handlers.shutdown();
            var _ = events.shutdownGracefully();
            throw new IOException("cannot listen on " + address, bound.cause());
        }
        return new HttpListener(events, handlers, bound.channel());
    }

    /** On a unix socket the other end cannot vanish without a word, as it can in a network. */
    private static ChannelHandler timeout(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress
                ? new RequestTimeout(SECONDS_TO_SEND_A_REQUEST)
                : new ReadTimeoutHandler(SECONDS_TO_SEND_A_REQUEST);
    }

    /** Where it listens. */
    public SocketAddress address() {
        return channel.localAddress();
    }

    /** Takes no more requests, and waits for a while until those under way are answered: the process may end then. */
    @Override
    public void close() {
        SocketAddress address = address();
        channel.close().awaitUninterruptibly();
        handlers.shutdown();
        try {
            if (!handlers.awaitTermination(SECONDS_TO_ANSWER, TimeUnit.SECONDS)) {
                log.warn("requests at {} are left without an answer", address);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // What is to be sent is, first: the one thread has done what was asked of it before when it does this.
        if (!events.isShuttingDown()) {
            events.submit(() -> {}).awaitUninterruptibly();
        }
        events.shutdownGracefully(0, SECONDS_TO_ANSWER, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
