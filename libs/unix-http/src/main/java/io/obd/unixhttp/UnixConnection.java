package io.obd.unixhttp;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connection to a unix socket that ends by a deadline. The JDK's HTTP client does not speak to unix sockets, and a
 * blocking channel to one cannot time out: hence the selector.
 */
final class UnixConnection implements Closeable {
    /** What the kernel says to who does not wait while as many wait as may. */
    private static final String TOO_MANY = "Resource temporarily unavailable";

    private static final Duration PAUSE = Duration.ofMillis(10);

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final long deadline;

    private UnixConnection(SocketChannel channel, Selector selector, SelectionKey key, long deadline) {
        this.channel = channel;
        this.selector = selector;
        this.key = key;
        this.deadline = deadline;
    }

    /** @param timeout for everything that is done with the connection, and to get it, together */
    static UnixConnection open(Path socket, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        SocketChannel channel = connect(socket, deadline);
        try {
            Selector selector = Selector.open();
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            return new UnixConnection(channel, selector, key, deadline);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Where too many wait already the kernel refuses at once. A blocking channel would wait for ever. */
    private static SocketChannel connect(Path socket, long deadline) throws IOException {
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.configureBlocking(false);
                channel.connect(UnixDomainSocketAddress.of(socket));
                return channel;
            } catch (IOException e) {
                channel.close();
                if (!TOO_MANY.equals(e.getMessage())) {
                    throw e;
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new SocketTimeoutException(socket + ": nobody takes the connection in time");
                }
            }
            pause(socket);
        }
    }

    private static void pause(Path socket) throws InterruptedIOException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted at the connection to " + socket);
        }
    }

    void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            await(SelectionKey.OP_WRITE);
            channel.write(bytes);
        }
    }

    InputStream input() {
        return new InputStream() {
            private final byte[] single = new byte[1];

            @Override
            public int read() throws IOException {
                return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
            }

            @Override
            public int read(byte[] dst, int offset, int length) throws IOException {
                await(SelectionKey.OP_READ);
                return channel.read(ByteBuffer.wrap(dst, offset, length));
            }
        };
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            selector.close();
        }
    }

    private void await(int operation) throws IOException {
        key.interestOps(operation);
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (left <= 0 || selector.select(left) == 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        selector.selectedKeys().clear();
    }
}
