package io.obd.httpserver;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes HTTP requests on a unix socket, which only its owner may connect to. */
public final class SocketListener implements Closeable {
    /** Longest name of a unix socket that Java takes, in bytes; the kernel would take one more. */
    private static final int LONGEST_NAME = 106;

    /** What the kernel says to who does not wait while as many wait to connect as may. */
    private static final String TOO_MANY = "Resource temporarily unavailable";

    private static final int TYPE = 0170000;
    private static final int SOCKET = 0140000;

    private final Path socket;
    private final @Nullable Object key;
    private final HttpListener listener;

    private SocketListener(Path socket, @Nullable Object key, HttpListener listener) {
        this.socket = socket;
        this.key = key;
        this.listener = listener;
    }

    /**
     * Begins to listen, replacing a socket that nobody listens on.
     *
     * @param name of the threads
     * @param handler makes the handler of a connection, given where requests are worked on
     * @throws IOException also if the name is too long for a socket, somebody listens there, or it is something else
     */
    public static SocketListener listen(String name, Path socket, Function<Executor, ChannelHandler> handler)
            throws IOException {
        if (exists(socket) && isInUse(socket)) {
            throw new IOException("cannot listen on " + socket + ": it is in use by another process");
        }
        return replace(name, socket, handler);
    }

    /** The same for a successor, which gets the requests in the place of who listens there. */
    public static SocketListener replace(String name, Path socket, Function<Executor, ChannelHandler> handler)
            throws IOException {
        if (exists(socket) && ((int) Files.getAttribute(socket, "unix:mode", NOFOLLOW_LINKS) & TYPE) != SOCKET) {
            throw new IOException("cannot listen on " + socket + ": there is something that is no socket");
        }
        int length = length(socket);
        if (length > LONGEST_NAME) {
            throw new IOException("cannot listen on " + socket + ": this name has " + length + " bytes, " + LONGEST_NAME
                    + " are the most that a socket's can have; choose a shorter directory");
        }
        // Bound under another name and moved: nobody can connect before the mode is right.
        Path hidden = hidden(socket);
        Files.deleteIfExists(hidden);
        HttpListener listener = HttpListener.open(
                name, NioServerDomainSocketChannel.class, UnixDomainSocketAddress.of(hidden), handler);
        try {
            Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
            Object key = key(hidden);
            Files.move(hidden, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return new SocketListener(socket, key, listener);
        } catch (IOException e) {
            listener.close();
            Files.deleteIfExists(hidden);
            throw new IOException("cannot listen on " + socket + ": " + e.getMessage(), e);
        }
    }

    private static int length(Path socket) {
        return socket.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    /** Whether there is a socket that nobody listens on any more. */
    public static boolean isLeft(Path socket) throws IOException {
        return exists(socket) && !isInUse(socket);
    }

    private static boolean exists(Path socket) {
        return Files.exists(socket, NOFOLLOW_LINKS);
    }

    /** Not waiting: who has no time to answer is there all the same. */
    private static boolean isInUse(Path socket) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(socket));
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (SocketException e) {
            if (TOO_MANY.equals(e.getMessage())) {
                return true;
            }
            throw new IOException("cannot listen on " + socket + ": " + e.getMessage(), e);
        }
    }

    /** What tells a file from another one that gets its name. */
    private static @Nullable Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW_LINKS)
                .fileKey();
    }

    /** Another name beside it: with a dot before it, or no longer than it is where that would be too long. */
    private static Path hidden(Path socket) {
        String name = String.valueOf(socket.getFileName());
        if (length(socket) < LONGEST_NAME) {
            return socket.resolveSibling("." + name);
        }
        String rest = name.substring(name.offsetByCodePoints(0, 1));
        return socket.resolveSibling((name.startsWith(".") ? "_" : ".") + rest);
    }

    /**
     * Takes no more requests, and waits for a while until those under way are answered. The socket goes, unless it is
     * another one that was put in its place.
     */
    @Override
    public void close() throws IOException {
        if (exists(socket) && Objects.equals(key(socket), key)) {
            Files.deleteIfExists(socket);
        }
        listener.close();
    }
}
