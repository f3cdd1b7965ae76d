package io.obd.block;

import java.io.IOException;
import java.io.InputStream;

/** A stream that can be read in arrays; a single byte is an array of one. */
public abstract class BulkInputStream extends InputStream {
    private final byte[] single = new byte[1];

    @Override
    public final int read() throws IOException {
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] dst, int offset, int length) throws IOException;
}
