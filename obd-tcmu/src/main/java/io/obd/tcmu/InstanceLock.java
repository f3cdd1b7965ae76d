package io.obd.tcmu;

import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a second daemon out of the directory of the control socket. The kernel drops the lock with the process,
 * however it ends.
 */
final class InstanceLock implements Closeable {
    private final FileChannel channel;

    private InstanceLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws IOException naming the other daemon if there is one
     */
    static InstanceLock take(Path socket) throws IOException {
        Path file = socket.resolveSibling("overlaybd-tcmu.lock");
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (!lock(channel)) {
                throw new IOException(
                        "another overlaybd-tcmu (process " + owner(file) + ") serves " + socket.getParent());
            }
            if (answers(socket)) {
                throw new IOException(socket + ": another daemon answers there");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            return new InstanceLock(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // held by this very process
        }
    }

    private static String owner(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        return text.isEmpty() ? "unknown" : text;
    }

    private static boolean answers(Path socket) {
        try (SocketChannel connection = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return connection.isConnected();
        } catch (IOException e) {
            return false; // no socket there, or one that an ended process left
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
