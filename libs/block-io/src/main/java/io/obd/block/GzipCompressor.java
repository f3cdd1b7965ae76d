package io.obd.block;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Makes one member of gzip out of each block. */
final class GzipCompressor implements BlockCompressor {
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);

    @Override
    public int maxCompressedLength(int length) {
        // zlib's bound for the default level, with room to spare.
        return Math.addExact(length, (length >>> 9) + 64 + GzipMember.HEADER + GzipMember.TRAILER);
    }

    @Override
    public void compress(ByteBuffer src, ByteBuffer dst) {
        CRC32 crc = new CRC32();
        int length = src.remaining();
        crc.update(src.duplicate());
        GzipMember.putHeader(dst);
        deflater.reset();
        deflater.setInput(src);
        deflater.finish();
        deflater.deflate(dst);
        if (!deflater.finished()) {
            throw new IllegalArgumentException("a block of " + length + " bytes does not fit in the buffer");
        }
        GzipMember.putTrailer(dst, crc.getValue(), length);
    }

    @Override
    public void close() {
        deflater.end();
    }
}
