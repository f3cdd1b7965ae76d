package io.obd.rafs.build;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Counts and hashes what is read. Closing it does nothing. */
final class HashedInput extends FilterInputStream {
    private final MessageDigest sha256;
    private long size;

    HashedInput(BufferedInputStream in) {
        super(in);
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The next bytes, which are read again afterwards. */
    byte[] peek(int length) throws IOException {
        in.mark(length);
        byte[] next = in.readNBytes(length);
        in.reset();
        return next;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] dst, int from, int length) throws IOException {
        int n = in.read(dst, from, length);
        if (n > 0) {
            sha256.update(dst, from, n);
            size += n;
        }
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        return readNBytes((int) Math.min(n, 1 << 16)).length;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Bytes that were read. */
    long size() {
        return size;
    }

    /** SHA-256 of what was read, in hexadecimal. Called once. */
    String sha256() {
        return HexFormat.of().formatHex(sha256.digest());
    }

    @Override
    public void close() {
        // The one who opened what is read closes it.
    }
}
