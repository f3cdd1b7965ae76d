package io.obd.tools;

import io.obd.registry.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Compares what was read with its digest, and reports the end only if they agree. */
final class CheckedStream extends FilterInputStream {
    private final Digest expected;
    private final MessageDigest hasher;
    private boolean ended;

    CheckedStream(InputStream in, Digest expected) {
        super(in);
        this.expected = expected;
        this.hasher = expected.hasher();
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = in.read(bytes, offset, length);
        if (n >= 0) {
            hasher.update(bytes, offset, n);
        } else if (!ended) {
            ended = true;
            compare();
        }
        return n;
    }

    private void compare() throws IOException {
        Digest found = Digest.ofHash(expected.algorithm(), hasher.digest());
        if (!found.equals(expected)) {
            throw new ToolException(
                    expected.algorithm() + " checksum mismatch, expect: " + expected + ", got: " + found);
        }
    }

    @Override
    public long skip(long n) throws IOException {
        return n <= 0 ? 0 : read(new byte[(int) Math.min(n, 1 << 16)]);
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
