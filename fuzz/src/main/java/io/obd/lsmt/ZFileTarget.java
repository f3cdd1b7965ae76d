package io.obd.lsmt;

import io.obd.block.BlobException;
import io.obd.lsmt.blob.ZFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The input is a ZFile. All its blocks are read, and pieces that begin and end within blocks. */
public final class ZFileTarget {
    private static final int STEP = 100_000;

    /** Zeros compress so well that a small file can have gigabytes. */
    private static final int MAX_STEPS = 40;

    private static final int PIECE = 5_000;

    private ZFileTarget() {}

    /** Called by Jazzer; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        InputBlob blob = new InputBlob(input);
        try (ZFile file = ZFile.open(blob)) {
            Expect.that(ZFile.isPresent(blob), "what can be opened is recognised");
            ByteBuffer step = ByteBuffer.allocateDirect(STEP);
            ByteBuffer piece = ByteBuffer.allocate(PIECE);
            for (long at = 0; at < Math.min(file.size(), (long) STEP * MAX_STEPS); at += STEP) {
                if (read(file, at, step.clear().limit((int) Math.min(STEP, file.size() - at)))) {
                    comparePiece(file, at, step.flip(), piece.clear());
                }
            }
            if (file.size() > 0) {
                read(file, file.size() - 1, step.clear().limit(1));
            }
        } catch (BlobException e) {
            Expect.that(e.offset() >= 0, "an offset");
        }
    }

    private static boolean read(ZFile file, long offset, ByteBuffer dst) throws IOException {
        try {
            file.read(offset, dst);
            Expect.that(!dst.hasRemaining(), "as many bytes as asked for");
            return true;
        } catch (BlobException e) {
            return false;
        }
    }

    private static void comparePiece(ZFile file, long offset, ByteBuffer step, ByteBuffer piece) throws IOException {
        int start = step.limit() / 3;
        int count = Math.min(PIECE, step.limit() - start);
        Expect.that(read(file, offset + start, piece.limit(count)), "what was read before can be read");
        Expect.that(piece.flip().equals(step.position(start).limit(start + count)), "the same bytes again");
    }
}
