package io.obd.rafs.data;

import io.obd.fs.tar.ByteString;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;

/**
 * The bytes of a blob as they are written, counted and hashed. A thread of its own writes and hashes: the one that places
 * chunks has enough to do. That something could not be written is told by one of the next calls; the blob is lost then.
 */
final class BlobOutput implements Closeable {
    private static final int BLOCK = 1 << 20;
    private static final int MOST_UNDER_WAY = 3;

    private final OutputStream out;
    private final MessageDigest sha256 = sha256();
    private final Workers writer = new Workers("blob-output", 1);
    private final Deque<Future<ByteBuffer>> underWay = new ArrayDeque<>();
    private final Deque<ByteBuffer> free = new ArrayDeque<>();
    private ByteBuffer block = ByteBuffer.allocate(BLOCK);
    private long position;

    BlobOutput(OutputStream out) {
        this.out = out;
    }

    void write(byte[] bytes) throws IOException {
        write(ByteBuffer.wrap(bytes));
    }

    /** Writes what remains in a buffer, whose position stays; afterwards it can be used for something else. */
    void write(ByteBuffer bytes) throws IOException {
        position += bytes.remaining();
        for (ByteBuffer left = bytes.duplicate(); left.hasRemaining(); ) {
            int n = Math.min(left.remaining(), block.remaining());
            block.put(left.slice().limit(n));
            left.position(left.position() + n);
            if (!block.hasRemaining()) {
                handOver();
            }
        }
    }

    private void handOver() throws IOException {
        ByteBuffer full = block.flip();
        underWay.add(writer.submit(() -> {
            out.write(full.array(), full.arrayOffset(), full.limit());
            sha256.update(full);
            return full.clear();
        }));
        if (underWay.size() == MOST_UNDER_WAY) {
            free.add(Workers.await(underWay.remove()));
        }
        block = free.isEmpty() ? ByteBuffer.allocate(BLOCK) : free.remove();
    }

    /** Waits until all is written and hashed. */
    private void settle() throws IOException {
        if (block.position() > 0) {
            handOver();
        }
        while (!underWay.isEmpty()) {
            free.add(Workers.await(underWay.remove()));
        }
    }

    /** Bytes that were written so far. */
    long position() {
        return position;
    }

    /** SHA-256 of all that was written so far. */
    ByteString digest() throws IOException {
        settle();
        try {
            return ByteString.copyOf(((MessageDigest) sha256.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("SHA-256 of Java can be cloned", e);
        }
    }

    /** SHA-256 of bytes. */
    static ByteString digest(ByteBuffer... parts) {
        MessageDigest hash = sha256();
        for (ByteBuffer part : parts) {
            hash.update(part.duplicate());
        }
        return ByteString.copyOf(hash.digest());
    }

    void flush() throws IOException {
        settle();
        out.flush();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Ends the thread; what is under way is lost, and the stream stays open. */
    @Override
    public void close() {
        writer.close();
    }
}
