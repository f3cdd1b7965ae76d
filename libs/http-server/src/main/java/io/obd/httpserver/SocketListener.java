package io.obd.httpserver;

import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Takes HTTP requests on a unix socket, which only its owner may connect to. */
public final class SocketListener implements Closeable {
    /** Longest name of a unix socket that Java takes, in bytes; the kernel would take one more. */
    private static final int LONGEST_NAME = 106;

    private final Path socket;
    private final HttpListener listener;

    private SocketListener(Path socket, HttpListener listener) {
        this.socket = socket;
        this.listener = listener;
    }

    /**
     * Begins to listen, replacing a socket file that is there.
     *
     * @param name of the threads
     * @param handler makes the handler of a connection, given where requests are worked on
     * @throws IOException also if the name is too long for a socket
     */
    public static SocketListener listen(String name, Path socket, Function<Executor, ChannelHandler> handler)
            throws IOException {
        int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST_NAME) {
            throw new IOException("cannot listen on " + socket + ": this name has " + length + " bytes, " + LONGEST_NAME
                    + " are the most that a socket's can have; choose a shorter directory");
        }
        // Bound under another name and moved: nobody can connect before the mode is right.
        Path hidden = hidden(socket);
        Files.deleteIfExists(hidden);
        HttpListener listener = HttpListener.open(
                name, NioServerDomainSocketChannel.class, UnixDomainSocketAddress.of(hidden), handler);
        Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
        Files.move(hidden, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new SocketListener(socket, listener);
    }

    /** Another name beside it, which is no longer. */
    private static Path hidden(Path socket) {
        String name = String.valueOf(socket.getFileName());
        String rest = name.substring(name.offsetByCodePoints(0, 1));
        return socket.resolveSibling((name.startsWith(".") ? "_" : ".") + rest);
    }

    /** Takes no more requests, and waits for a while until those under way are answered. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(socket);
        listener.close();
    }
}
