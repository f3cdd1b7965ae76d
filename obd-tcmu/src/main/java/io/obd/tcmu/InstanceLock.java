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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * Keeps a second daemon out of the directory of the control socket. The kernel drops the lock with the process,
 * however it ends.
 */
final class InstanceLock implements Closeable {
    private static final Duration END_OF_PROCESS = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(5);

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
            if (!lockSoon(channel, file)) {
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

    /** A daemon that was killed has the lock until the kernel is through with it. */
    private static boolean lockSoon(FileChannel channel, Path file) throws IOException {
        long deadline = System.nanoTime() + END_OF_PROCESS.toNanos();
        while (!lock(channel)) {
            if (!isEnding(owner(file)) || System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    /** True for a process that was killed and not everything of which is gone (state Z). */
    private static boolean isEnding(String pid) throws IOException {
        try {
            String stat = Files.readString(Path.of("/proc", pid, "stat"));
            return stat.startsWith(" Z", stat.lastIndexOf(')') + 1);
        } catch (NoSuchFileException e) {
            return true;
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
