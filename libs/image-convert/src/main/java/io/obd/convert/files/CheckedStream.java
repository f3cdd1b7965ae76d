package io.obd.convert.files;

import io.obd.convert.ConversionException;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** A blob whose end is reported only if its length and digest are right. */
final class CheckedStream extends FilterInputStream {
    private static final int SKIPPED_AT_ONCE = 64 * 1024;

    private final Descriptor blob;
    private final String place;
    private final MessageDigest hasher;
    private final byte[] single = new byte[1];
    private long length;
    private boolean checked;

    /** @param place of the blob, for the error text */
    CheckedStream(InputStream in, Descriptor blob, String place) {
        super(in);
        this.blob = blob;
        this.place = place;
        this.hasher = blob.digest().hasher();
    }

    @Override
    public int read() throws IOException {
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] dst, int offset, int wanted) throws IOException {
        int n = super.read(dst, offset, wanted);
        if (n > 0) {
            hasher.update(dst, offset, n);
            length += n;
        } else if (n < 0 && !checked) {
            check();
            checked = true;
        }
        return n;
    }

    /** Nothing is skipped without being looked at. */
    @Override
    public long skip(long n) throws IOException {
        byte[] skipped = new byte[(int) Math.min(n, SKIPPED_AT_ONCE)];
        return n <= 0 ? 0 : Math.max(0, read(skipped, 0, skipped.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void check() throws ConversionException {
        if (length != blob.size()) {
            throw new ConversionException(
                    place + " has " + length + " bytes, the image says " + blob.size() + " of " + blob.digest());
        }
        Digest found = Digest.ofHash(blob.digest().algorithm(), hasher.digest());
        if (!found.equals(blob.digest())) {
            throw new ConversionException(
                    place + " is damaged: its digest is " + found + ", the image says " + blob.digest());
        }
    }
}
