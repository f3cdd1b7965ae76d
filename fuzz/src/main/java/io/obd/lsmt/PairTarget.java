package io.obd.lsmt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The input is the two files of a writable layer of any kind. What can be opened has to keep what is written to it:
 *
 * <pre>
 *  0  bytes of the data file   2
 *  2  data file, index file
 * </pre>
 */
public final class PairTarget {
    private static final FilePair FILES = new FilePair();

    private PairTarget() {}

    /** Called by Jazzer; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length < Short.BYTES) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
        int dataSize = Short.toUnsignedInt(in.getShort());
        ByteBuffer data = in.slice(in.position(), Math.min(dataSize, in.remaining()));
        ByteBuffer index = in.slice(in.position() + data.limit(), in.remaining() - data.limit());
        FILES.write(data, index);
        try (WritableLayer top = FILES.open()) {
            use(top);
        } catch (InvalidStackException e) {
            Expect.that(e.getMessage() != null, "a message");
        } catch (IOException e) {
            Expect.that(FILES.isNamedBy(e), "a message that names the file: " + e);
        }
    }

    private static void use(WritableLayer top) throws IOException {
        try (LayeredImage image = LayeredImage.open(List.of(), top)) {
            long last = image.size() - Sectors.SIZE;
            ByteBuffer sector = ByteBuffer.allocate(Sectors.SIZE);
            image.read(last, sector);
            Expect.that(!sector.hasRemaining(), "as many bytes as asked for");
            ByteBuffer written = ByteBuffer.allocate(Sectors.SIZE).putInt(0, 4711);
            image.write(0, written);
            image.read(0, sector.clear());
            Expect.that(sector.flip().equals(written.clear()), "what was written");
            image.discard(0, Sectors.SIZE);
            image.read(0, sector.clear());
            Expect.that(sector.flip().equals(ByteBuffer.allocate(Sectors.SIZE)), "zeros where it was discarded");
        }
    }
}
