package io.obd.tcmu;

import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Listens on the control socket, which only its owner may connect to. */
final class ControlServer implements Closeable {
    private final Path socket;
    private final HttpListener listener;

    private ControlServer(Path socket, HttpListener listener) {
        this.socket = socket;
        this.listener = listener;
    }

    /** Begins to listen, replacing a socket file that is there. */
    static ControlServer listen(Path socket, ControlApi api) throws IOException {
        // Bound under another name and moved: nobody can connect before the mode is right.
        Path hidden = socket.resolveSibling("." + socket.getFileName() + ".new");
        Files.deleteIfExists(hidden);
        HttpListener listener = HttpListener.open(
                "control",
                NioServerDomainSocketChannel.class,
                UnixDomainSocketAddress.of(hidden),
                handlers -> new ControlHandler(api, handlers));
        Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
        Files.move(hidden, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new ControlServer(socket, listener);
    }

    /** Takes no more requests; those under way go on. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(socket);
        listener.close();
    }
}
