package io.obd.containerd;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.nio.file.Path;

/**
 * A gRPC client connection to a unix socket; it connects with the first call. It does without Netty, which takes a
 * short-lived command too long to load.
 */
public final class UnixSocketChannel implements AutoCloseable {
    private final ManagedChannel channel;

    private UnixSocketChannel(ManagedChannel channel) {
        this.channel = channel;
    }

    /** Prepares a connection; a socket that is missing or refuses shows at the first call, as UNAVAILABLE. */
    public static UnixSocketChannel to(Path socket) {
        // The address means nothing to the socket factory: a literal one is not looked up.
        return new UnixSocketChannel(OkHttpChannelBuilder.forAddress("127.0.0.1", 1)
                .socketFactory(new UnixSocketFactory(socket))
                // What a Go server accepts.
                .overrideAuthority("localhost")
                .usePlaintext()
                .maxInboundMessageSize(UnixSocketServer.MAX_MESSAGE_BYTES)
                .build());
    }

    /** What stubs are made on. */
    public Channel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
