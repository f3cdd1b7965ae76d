package io.obd.nydussnapshotter;

import io.obd.httpserver.SocketListener;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/** Serves the system API on its socket. */
final class SystemServer {
    private SystemServer() {}

    /**
     * Begins.
     *
     * @throws FileAlreadyExistsException if the path is something else than a socket
     */
    static SocketListener start(SnapshotterConfig.SystemSocket settings, SystemApi api) throws IOException {
        Path socket = settings.address();
        Path directory = socket.resolveSibling("");
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)
                && !Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .isOther()) {
            throw new FileAlreadyExistsException(
                    socket.toString(), null, "system.address: the path is taken and is not a socket");
        }
        SocketListener listener = SocketListener.listen("system", socket, handlers -> new SystemHandler(api, handlers));
        settings.owner().give(socket);
        return listener;
    }
}
