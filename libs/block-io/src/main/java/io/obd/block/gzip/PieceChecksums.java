package io.obd.block.gzip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The checksums of the pieces of a span, which are taken while nobody knows yet where the span will end. */
final class PieceChecksums {
    private final CRC32C crc = new CRC32C();
    private int[] complete = new int[16];
    private int count;
    private int filled;

    // At the place where the span may have ended.
    private int markedCount;
    private boolean markedInPiece;
    private int markedValue;

    /** Takes in bytes that follow. */
    void update(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            int length = Math.min(GzipChecksumsLayout.PIECE - filled, bytes.remaining());
            crc.update(bytes.slice(bytes.position(), length));
            bytes.position(bytes.position() + length);
            filled += length;
            if (filled == GzipChecksumsLayout.PIECE) {
                add((int) crc.getValue());
                crc.reset();
                filled = 0;
            }
        }
    }

    private void add(int value) {
        if (count == complete.length) {
            complete = Arrays.copyOf(complete, 2 * count);
        }
        complete[count++] = value;
    }

    /** The span may end here. */
    void mark() {
        markedCount = count;
        markedInPiece = filled > 0;
        markedValue = (int) crc.getValue();
    }

    /** The checksums if the span ended at the mark, as they are in the file. */
    byte[] toMark() {
        ByteBuffer bytes = ByteBuffer.allocate((markedCount + (markedInPiece ? 1 : 0)) * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < markedCount; i++) {
            bytes.putInt(complete[i]);
        }
        if (markedInPiece) {
            bytes.putInt(markedValue);
        }
        return bytes.array();
    }
}
