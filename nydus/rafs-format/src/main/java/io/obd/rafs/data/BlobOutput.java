package io.obd.rafs.data;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The bytes of a blob as they are written, counted and hashed. */
final class BlobOutput {
    private final OutputStream out;
    private final MessageDigest sha256 = sha256();
    private long position;

    BlobOutput(OutputStream out) {
        this.out = out;
    }

    void write(byte[] bytes) throws IOException {
        write(ByteBuffer.wrap(bytes));
    }

    /** Writes what remains in a buffer that has an array; its position stays. */
    void write(ByteBuffer bytes) throws IOException {
        int from = bytes.arrayOffset() + bytes.position();
        out.write(bytes.array(), from, bytes.remaining());
        sha256.update(bytes.array(), from, bytes.remaining());
        position += bytes.remaining();
    }

    /** Bytes that were written so far. */
    long position() {
        return position;
    }

    /** SHA-256 of all that was written so far. */
    ByteString digest() {
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
        out.flush();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
