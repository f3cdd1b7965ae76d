package io.obd.containerd;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A gRPC client connection to a unix socket; it connects with the first call. */
public final class UnixSocketChannel implements AutoCloseable {
    private final ManagedChannel channel;
    private final EventLoopGroup eventLoop;

    private UnixSocketChannel(ManagedChannel channel, EventLoopGroup eventLoop) {
        this.channel = channel;
        this.eventLoop = eventLoop;
    }

    /** Prepares a connection; a socket that is missing or refuses shows at the first call, as UNAVAILABLE. */
    public static UnixSocketChannel to(Path socket) {
        EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        ManagedChannel channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .eventLoopGroup(eventLoop)
                // A path is no authority that a Go server accepts.
                .overrideAuthority("localhost")
                .usePlaintext()
                .maxInboundMessageSize(UnixSocketServer.MAX_MESSAGE_BYTES)
                .build();
        return new UnixSocketChannel(channel, eventLoop);
    }

    /** What stubs are made on. */
    public Channel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
