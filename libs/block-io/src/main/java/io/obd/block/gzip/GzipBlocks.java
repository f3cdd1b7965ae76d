package io.obd.block.gzip;

import io.obd.block.BulkInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Decompresses a gzip stream of any number of members, and keeps a {@link GzipTrace} of the deflate blocks that the content
 * comes from: decompression can begin there again, with {@link DeflateSpan}.
 */
public final class GzipBlocks extends BulkInputStream {
    private final InputStream gzip;
    private final BlockInflater inflater;
    private final GzipTrace trace = new GzipTrace();

    /** How much of what was decompressed last was not read yet. */
    private int unread;

    /** Where the member under way began in what is decompressed. */
    private long memberStart;

    private boolean complete;
    private Block block = new Block(0, 0, 0, 0, new byte[0]);

    /** The beginning of a deflate block. */
    public static final class Block {
        private final long uncompressed;
        private final long compressed;
        private final int sharedByte;
        private final int sharedBits;
        private final byte[] window;

        private Block(long uncompressed, long compressed, int sharedByte, int sharedBits, byte[] window) {
            this.uncompressed = uncompressed;
            this.compressed = compressed;
            this.sharedByte = sharedByte;
            this.sharedBits = sharedBits;
            this.window = window;
        }

        /** Position in what is decompressed. */
        public long uncompressed() {
            return uncompressed;
        }

        /** First byte of the gzip stream that belongs to the block alone. */
        public long compressed() {
            return compressed;
        }

        /** Byte before it, if it belongs to the block in part, otherwise 0. */
        public int sharedByte() {
            return sharedByte;
        }

        /** How many of its upper bits do. */
        public int sharedBits() {
            return sharedBits;
        }

        /** What was decompressed before in this member, at most 32 KiB; not copied. */
        public byte[] window() {
            return window;
        }
    }

    /**
     * Starts.
     *
     * @param gzip the stream; closed with this
     * @param name of it, in error texts
     */
    public GzipBlocks(InputStream gzip, String name) throws IOException {
        this.gzip = gzip;
        this.inflater = new BlockInflater(gzip, name);
    }

    /** Reads within one block only; fails if a checksum is wrong, or the stream ends in a member. */
    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (unread == 0) {
            if (complete) {
                return -1;
            }
            if (inflater.hasEnded()) {
                nextMember();
                continue;
            }
            if (inflater.atBoundary()) {
                block = here();
            }
            long start = inflater.compressed();
            unread = inflater.next();
            if (unread > 0) {
                trace.add(new GzipTrace.Piece(block, start, inflater.compressed(), inflater.uncompressed()));
            }
        }
        int n = Math.min(length, unread);
        inflater.copyLast(unread, n, dst, offset);
        unread -= n;
        return n;
    }

    private void nextMember() throws IOException {
        complete = !inflater.nextMember();
        memberStart = inflater.uncompressed();
    }

    private Block here() {
        byte[] window = new byte[(int) Math.min(GzipIndexLayout.WINDOW, inflater.uncompressed() - memberStart)];
        inflater.copyLast(window.length, window.length, window, 0);
        int bits = inflater.unusedBits();
        return new Block(
                inflater.uncompressed(),
                inflater.compressed(),
                bits == 0 ? 0 : inflater.lastByte() & 0xff,
                bits,
                window);
    }

    /** Where the content comes from, as far as it was read. */
    public GzipTrace trace() {
        return trace;
    }

    @Override
    public void close() throws IOException {
        try (gzip) {
            inflater.close();
        }
    }
}
