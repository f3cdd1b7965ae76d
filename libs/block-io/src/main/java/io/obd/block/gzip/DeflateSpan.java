package io.obd.block.gzip;

import io.obd.block.GzipMember;
import io.obd.block.MalformedBlockException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses a span of a gzip stream that lies in memory completely, from a boundary of its deflate blocks on. Where a
 * member of gzip ends inside, it goes on with the next one.
 */
public final class DeflateSpan {
    private final byte[] compressed;
    private final int sharedByte;
    private final int sharedBits;
    private final byte[] window;

    /**
     * @param compressed the bytes from the first that belong to the span alone; not copied
     * @param sharedByte byte before them, whose upper bits belong to the span
     * @param sharedBits how many upper bits of it do, 0 to 7
     * @param window what was decompressed before, at most 32 KiB
     */
    public DeflateSpan(byte[] compressed, int sharedByte, int sharedBits, byte[] window) {
        this.compressed = compressed;
        this.sharedByte = sharedByte;
        this.sharedBits = sharedBits;
        this.window = window;
    }

    /**
     * Decompresses the first bytes of the span.
     *
     * @param length how many there have to be
     */
    public byte[] inflate(int length) throws MalformedBlockException {
        byte[] content = new byte[length];
        Inflater inflater = new Inflater(true);
        try {
            begin(inflater);
            int done = 0;
            while (done < length) {
                int more = inflater.inflate(content, done, length - done);
                done += more;
                if (done == length) {
                    break;
                }
                if (inflater.finished()) {
                    next(inflater);
                } else if (more == 0) {
                    throw new MalformedBlockException("a span of " + length + " bytes ends after " + done);
                }
            }
        } catch (DataFormatException e) {
            throw new MalformedBlockException("no deflate stream: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
        return content;
    }

    private void begin(Inflater inflater) {
        if (window.length > 0) {
            inflater.setDictionary(window);
        }
        if (sharedBits == 0) {
            inflater.setInput(compressed);
            return;
        }
        int skipped = Byte.SIZE - sharedBits;
        byte[] before = EmptyBlocks.upTo(skipped);
        byte[] input = new byte[before.length + compressed.length];
        System.arraycopy(before, 0, input, 0, before.length);
        input[before.length - 1] |= (byte) (sharedByte & (-1 << skipped));
        System.arraycopy(compressed, 0, input, before.length, compressed.length);
        inflater.setInput(input);
    }

    /** Behind the end of a member: its trailer, and the header of the next one. */
    private void next(Inflater inflater) throws MalformedBlockException {
        ByteBuffer rest = ByteBuffer.wrap(compressed);
        int trailer = compressed.length - inflater.getRemaining();
        if (compressed.length - trailer < GzipMember.TRAILER) {
            throw new MalformedBlockException("the trailer of a member of gzip goes past the end of the span");
        }
        GzipMember.skipHeader(rest.position(trailer + GzipMember.TRAILER));
        inflater.reset();
        inflater.setInput(compressed, rest.position(), rest.remaining());
    }
}
