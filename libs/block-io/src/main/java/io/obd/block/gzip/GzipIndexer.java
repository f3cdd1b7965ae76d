package io.obd.block.gzip;

import io.obd.block.BulkInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses a gzip stream and makes the index of it beside, in one pass. The entries are those that the original makes:
 * the last block boundaries before each multiple of 1 MiB. Checksums of what was decompressed can be had in a file of their
 * own, since the original's index has no place for them.
 */
public final class GzipIndexer extends BulkInputStream {
    private final InputStream gzip;
    private final BlockInflater inflater;
    private final GzipIndexWriter writer;
    private final GzipChecksumsWriter checksums = new GzipChecksumsWriter();
    private final @Nullable Path checksumsFile;

    /** How much of what was decompressed last was not read yet. */
    private int unread;

    private boolean complete;
    private long expected;
    private Boundary previous = Boundary.NONE;
    private final byte[] previousWindow = new byte[GzipIndexLayout.WINDOW];

    private record Boundary(long uncompressed, long compressed, int bits) {
        static final Boundary NONE = new Boundary(-1, -1, 0);
    }

    private GzipIndexer(
            InputStream gzip, BlockInflater inflater, GzipIndexWriter writer, @Nullable Path checksumsFile) {
        this.gzip = gzip;
        this.inflater = inflater;
        this.writer = writer;
        this.checksumsFile = checksumsFile;
    }

    /**
     * Starts.
     *
     * @param gzip the stream, of one member; closed with this, not closed when this fails
     * @param name of the stream, in error texts
     * @param index a new file; it is complete when this was read to its end, which fails if the checksum of the stream is
     *     wrong or another member follows
     * @param checksums another new file, which is there with the index; null for none
     */
    public static GzipIndexer open(InputStream gzip, String name, Path index, @Nullable Path checksums)
            throws IOException {
        BlockInflater inflater = new BlockInflater(gzip, name);
        try {
            return new GzipIndexer(gzip, inflater, GzipIndexWriter.create(index), checksums);
        } catch (IOException e) {
            inflater.close();
            throw e;
        }
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (unread == 0) {
            if (inflater.hasEnded()) {
                complete();
                return -1;
            }
            unread = inflater.next();
            checksums.update(inflater.last(unread));
            if (inflater.atBoundary()) {
                boundary();
            }
        }
        int n = Math.min(length, unread);
        inflater.copyLast(unread, n, dst, offset);
        unread -= n;
        return n;
    }

    private void complete() throws IOException {
        if (!complete) {
            long gzipSize = inflater.drain();
            if (checksumsFile != null) {
                checksums.finish(checksumsFile, inflater.uncompressed());
            }
            writer.finish(gzipSize, inflater.uncompressed());
            complete = true;
        }
    }

    private void boundary() throws IOException {
        Boundary here = new Boundary(inflater.uncompressed(), inflater.compressed(), inflater.unusedBits());
        if (here.uncompressed == expected) {
            add(here, window(here));
            checksums.entryHere();
            expected += GzipIndexLayout.SPAN;
        } else if (here.uncompressed > expected) {
            // A block may be longer than the distance of entries: then the one before it is there already.
            if (previous.compressed == writer.lastCompressed()) {
                add(here, window(here));
                checksums.entryHere();
            } else {
                add(previous, previousWindow.clone());
                checksums.entryBefore();
            }
            while (expected < here.uncompressed) {
                expected += GzipIndexLayout.SPAN;
            }
        } else {
            checksums.boundary();
        }
        previous = here;
        fillWindow(here, previousWindow);
    }

    private byte[] window(Boundary here) {
        byte[] window = new byte[GzipIndexLayout.WINDOW];
        fillWindow(here, window);
        return window;
    }

    private void fillWindow(Boundary here, byte[] window) {
        int length = (int) Math.min(window.length, here.uncompressed);
        inflater.copyLast(length, length, window, window.length - length);
    }

    private void add(Boundary boundary, byte[] window) throws IOException {
        writer.add(boundary.uncompressed, boundary.compressed, boundary.bits, window);
    }

    /** Ends, and closes the stream; if it was not read to its end there is no index. */
    @Override
    public void close() throws IOException {
        try (gzip;
                inflater) {
            writer.close();
        }
    }
}
