package io.obd.fs.tar;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The bytes of a tar, counted. */
final class TarInput {
    private static final int SKIPPED_AT_ONCE = 64 << 10;

    private final InputStream in;
    private final @Nullable ByteArrayOutputStream blocks;
    private final byte[] scratch = new byte[SKIPPED_AT_ONCE];
    private long position;

    /** @param blocks gets what is read as blocks, filled up to whole ones; null if nobody wants it */
    TarInput(InputStream in, @Nullable ByteArrayOutputStream blocks) {
        this.in = in;
        this.blocks = blocks;
    }

    long position() {
        return position;
    }

    /** Reads a block, or as much of it as there is before the end. */
    int readBlock(byte[] block) throws IOException {
        int n = in.readNBytes(block, 0, block.length);
        position += n;
        if (blocks != null) {
            blocks.writeBytes(Arrays.copyOf(block, n + (-n & (TarHeaderLayout.BLOCK - 1))));
        }
        return n;
    }

    /** Reads at least one byte, or gives -1 at the end. */
    int read(byte[] dst, int from, int length) throws IOException {
        int n = in.read(dst, from, length);
        position += Math.max(n, 0);
        return n;
    }

    /** Passes over bytes; gives how many there were. */
    long skip(long length) throws IOException {
        long skipped = 0;
        while (skipped < length) {
            int n = read(scratch, 0, (int) Math.min(scratch.length, length - skipped));
            if (n < 0) {
                break;
            }
            skipped += n;
        }
        return skipped;
    }
}
