package io.obd.lsmt;

import io.obd.block.BlobException;
import io.obd.block.BlobReader;
import io.obd.lsmt.blob.TarWrapper;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The input is a blob in a tar wrapper. Its payload is bytes of the input and can be read to its end. */
public final class TarTarget {
    private TarTarget() {}

    /** Called by Jazzer; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        BlobReader payload;
        try {
            payload = TarWrapper.unwrap(new InputBlob(input));
        } catch (BlobException e) {
            Expect.that(e.offset() >= 0 && e.offset() <= input.length, "an offset within the blob");
            return;
        }
        Expect.that(payload.size() <= input.length, "a payload within the blob");
        ByteBuffer content = ByteBuffer.allocate((int) payload.size());
        payload.read(0, content);
        Expect.that(!content.hasRemaining(), "as many bytes as asked for");
        if (payload instanceof InputBlob) {
            return;
        }
        int start = input.length >= 1536 && isExtended(input) ? 1536 : 512;
        Expect.that(
                content.flip().equals(ByteBuffer.wrap(input, start, (int) payload.size())),
                "a payload that begins at byte " + start);
    }

    private static boolean isExtended(byte[] input) {
        return input[156] == 'x' || input[156] == 'g';
    }
}
