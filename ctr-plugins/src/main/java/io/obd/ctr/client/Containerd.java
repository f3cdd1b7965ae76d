package io.obd.ctr.client;

import io.grpc.Channel;
import io.obd.containerd.ContainerdHeaders;
import io.obd.containerd.UnixSocketChannel;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A connection to containerd that sees one namespace. */
public final class Containerd implements AutoCloseable {
    private final UnixSocketChannel connection;
    private final Channel channel;

    private Containerd(UnixSocketChannel connection, Channel channel) {
        this.connection = connection;
        this.channel = channel;
    }

    /**
     * Connects.
     *
     * @throws ContainerdException if the socket is missing, forbidden, or nobody listens on it
     */
    public static Containerd connect(Path socket, String namespace) throws ContainerdException {
        requireListener(socket);
        UnixSocketChannel connection = UnixSocketChannel.to(socket);
        return new Containerd(
                connection, ContainerdHeaders.attach(connection.channel(), ContainerdHeaders.NAMESPACE, namespace));
    }

    /** What stubs are made on. */
    public Channel channel() {
        return channel;
    }

    @Override
    public void close() {
        connection.close();
    }

    /** The operating system's word on a socket is clearer than what is left of it in a gRPC status. */
    private static void requireListener(Path socket) throws ContainerdException {
        if (!Files.exists(socket)) {
            throw ContainerdException.unreachable(
                    "containerd cannot be reached: the socket " + socket + " does not exist",
                    "start containerd, or name its socket with --address",
                    null);
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw ContainerdException.unreachable(
                    "containerd cannot be reached at " + socket + ": " + e.getMessage(),
                    Files.isWritable(socket)
                            ? "see whether containerd is running, or name its socket with --address"
                            : "run the command as root",
                    e);
        }
    }
}
