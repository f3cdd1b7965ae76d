package io.obd.lsmt;

import io.obd.block.BlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The input is the file of a read-only layer, and for one of TurboOCI also the original layer. It is opened as both, and
 * what its index claims is read.
 */
public final class LayerTarget {
    private static final int STEP = 64 << 10;

    /** An index can claim a petabyte of zeros. */
    private static final int MAX_STEPS = 64;

    private LayerTarget() {}

    /** Called by Jazzer; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        InputBlob blob = new InputBlob(input);
        use(() -> Layer.open(blob));
        use(() -> Layer.openTurboOci(blob, blob));
    }

    private interface Opener {
        Layer open() throws IOException;
    }

    private static void use(Opener opener) throws IOException {
        try (Layer layer = opener.open();
                LayeredImage image = LayeredImage.open(List.of(layer), null)) {
            readClaims(layer.index(), image);
        } catch (BlobException | InvalidStackException e) {
            Expect.that(!String.valueOf(e.getMessage()).isEmpty(), "a message");
        }
    }

    private static void readClaims(SegmentList index, LayeredImage image) throws IOException {
        ByteBuffer dst = ByteBuffer.allocateDirect(STEP);
        int steps = 0;
        for (int i = 0; i < index.size(); i++) {
            long end = Math.min(image.size(), SegmentLayout.end(index.range(i)) * Sectors.SIZE);
            long at = SegmentLayout.offset(index.range(i)) * Sectors.SIZE;
            for (; at < end && steps < MAX_STEPS; at += STEP, steps++) {
                read(image, at, dst.clear().limit((int) Math.min(STEP, end - at)));
            }
        }
        read(image, 0, dst.clear().limit((int) Math.min(STEP, image.size())));
        read(image, image.size() - Sectors.SIZE, dst.clear().limit(Sectors.SIZE));
    }

    private static void read(LayeredImage image, long offset, ByteBuffer dst) throws IOException {
        try {
            image.read(offset, dst);
            Expect.that(!dst.hasRemaining(), "as many bytes as asked for");
        } catch (BlobException e) {
            Expect.that(e.offset() >= 0, "an offset");
        }
    }
}
