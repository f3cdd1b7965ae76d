package io.obd.block;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Takes one member of gzip at a time. */
final class GzipDecompressor implements BlockDecompressor {
    private final Inflater inflater = new Inflater(true);

    @Override
    public void decompress(ByteBuffer src, ByteBuffer dst) throws MalformedBlockException {
        GzipMember.skipHeader(src);
        int start = dst.position();
        inflater.reset();
        inflater.setInput(src);
        try {
            inflater.inflate(dst);
            if (!inflater.finished()) {
                // What is left may be the end of the stream, which takes no room.
                byte[] more = new byte[1];
                int extra = inflater.inflate(more);
                if (extra > 0 || !inflater.finished()) {
                    dst.position(start);
                    throw new MalformedBlockException("a member of gzip that does not fit or does not end");
                }
            }
        } catch (DataFormatException e) {
            dst.position(start);
            throw new MalformedBlockException("no deflate stream: " + e.getMessage(), e);
        }
        CRC32 crc = new CRC32();
        crc.update(dst.duplicate().flip().position(start));
        GzipMember.checkTrailer(src, crc.getValue(), dst.position() - start);
    }

    @Override
    public void close() {
        inflater.end();
    }
}
