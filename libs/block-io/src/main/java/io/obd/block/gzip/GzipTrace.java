package io.obd.block.gzip;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Where in a gzip stream its content comes from, for who reads the content, maybe some way behind the thread that
 * decompresses it. What lies before the position that was asked for last is forgotten.
 */
public final class GzipTrace {
    private final Deque<Piece> pieces = new ArrayDeque<>();

    /**
     * Content of one deflate block.
     *
     * @param compressedStart position in the gzip stream up to which bytes were needed for what comes before it; maybe a
     *     little more
     * @param compressedEnd likewise, with the piece
     * @param uncompressedEnd first position of the content behind it
     */
    public record Piece(GzipBlocks.Block block, long compressedStart, long compressedEnd, long uncompressedEnd) {}

    synchronized void add(Piece piece) {
        pieces.add(piece);
    }

    /**
     * The piece that has a byte.
     *
     * @param position of a byte that was read; not before the one that was asked for last
     */
    public synchronized Piece piece(long position) {
        while (pieces.size() > 1 && pieces.element().uncompressedEnd() <= position) {
            pieces.remove();
        }
        return pieces.element();
    }
}
