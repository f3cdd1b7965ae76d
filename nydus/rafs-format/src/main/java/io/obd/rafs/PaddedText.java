package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;

/** A field of fixed length that ends with its text or with NULs. */
final class PaddedText {
    private PaddedText() {}

    static ByteString decode(MetadataBytes in, long at, int length) throws CorruptBlobException {
        ByteString field = in.string(at, length, "a text");
        int end = field.indexOf(0, 0);
        return end < 0 ? field : field.slice(0, end);
    }

    /** Encodes a text into a field of zeros that has room for it. */
    static void encode(ByteBuffer out, int at, ByteString text) {
        out.put(at, text.toBytes());
    }
}
