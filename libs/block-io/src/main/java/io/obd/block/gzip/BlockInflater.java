package io.obd.block.gzip;

import io.obd.block.CorruptBlobException;
import io.obd.block.TruncatedBlobException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Decompresses a gzip stream and stops at the end of every deflate block. What it gives is in a ring that always has the
 * last {@value GzipIndexLayout#WINDOW} bytes too.
 */
final class BlockInflater implements AutoCloseable {
    private static final int INPUT = 128 << 10;
    private static final int RING = 256 << 10;

    /** First byte of a member. */
    private static final byte MAGIC = 0x1f;

    private static final int GZIP_WINDOW_BITS = 15 + 16;
    private static final int STOP_AT_BLOCKS = 5;
    private static final int OK = 0;
    private static final int STREAM_END = 1;
    private static final int BUFFER_ERROR = -5;

    private final InputStream source;
    private final String name;
    private final LibZ.Functions zlib;
    private final ByteBuffer stream =
            ByteBuffer.allocateDirect(ZStreamLayout.SIZE).order(ByteOrder.nativeOrder());
    private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT);
    private final ByteBuffer ring = ByteBuffer.allocateDirect(RING);
    private final long inputAddress = MemorySegment.ofBuffer(input).address();
    private final long ringAddress = MemorySegment.ofBuffer(ring).address();
    private final byte[] chunk = new byte[INPUT];

    private long read;
    private long written;
    private byte lastOfInput;
    private boolean open = true;
    private boolean ended;

    /**
     * @param source the gzip stream; not closed with this
     * @param name of it, in error texts
     */
    BlockInflater(InputStream source, String name) throws IOException {
        this.source = source;
        this.name = name;
        this.zlib = LibZ.bind();
        int result = zlib.inflateInit2_(stream, GZIP_WINDOW_BITS, zlib.zlibVersion(), ZStreamLayout.SIZE);
        if (result != OK) {
            throw new IOException("zlib " + zlib.zlibVersion() + " cannot decompress: error " + result);
        }
    }

    /**
     * Decompresses until a block ends, the ring is full or the stream ends, which {@link #atBoundary} and {@link #hasEnded}
     * tell.
     *
     * @return how many bytes were added to the ring
     */
    int next() throws IOException {
        int from = (int) (written % RING);
        stream.putLong(ZStreamLayout.NEXT_OUT, ringAddress + from);
        stream.putInt(ZStreamLayout.AVAIL_OUT, RING - from);
        while (true) {
            if (stream.getInt(ZStreamLayout.AVAIL_IN) == 0) {
                refill();
            }
            int result = zlib.inflate(stream, STOP_AT_BLOCKS);
            int count = RING - from - stream.getInt(ZStreamLayout.AVAIL_OUT);
            if (result == STREAM_END) {
                ended = true;
            } else if (result != OK && result != BUFFER_ERROR) {
                throw new CorruptBlobException(name, compressed(), "no gzip stream: " + message(result));
            }
            if (ended || atBoundary() || count == RING - from) {
                written += count;
                return count;
            }
        }
    }

    private void refill() throws IOException {
        if (!more()) {
            throw new TruncatedBlobException(name, read, 1, read);
        }
    }

    private boolean more() throws IOException {
        lastOfInput = lastByte();
        int n = source.readNBytes(chunk, 0, INPUT);
        read += n;
        input.put(0, chunk, 0, n);
        stream.putLong(ZStreamLayout.NEXT_IN, inputAddress);
        stream.putInt(ZStreamLayout.AVAIL_IN, n);
        return n > 0;
    }

    /** The last byte of the stream that was used. */
    byte lastByte() {
        int next = read == 0 ? 0 : (int) (stream.getLong(ZStreamLayout.NEXT_IN) - inputAddress);
        return next == 0 ? lastOfInput : input.get(next - 1);
    }

    /** Goes on behind the end of a member, unless none follows. */
    boolean nextMember() throws IOException {
        boolean follows = stream.getInt(ZStreamLayout.AVAIL_IN) > 0 || more();
        if (!follows || input.get((int) (stream.getLong(ZStreamLayout.NEXT_IN) - inputAddress)) != MAGIC) {
            return false;
        }
        int result = zlib.inflateReset(stream);
        if (result != OK) {
            throw new CorruptBlobException(name, compressed(), "no gzip stream: " + message(result));
        }
        ended = false;
        return true;
    }

    @SuppressWarnings("restricted") // a text in zlib's own memory
    private String message(int result) {
        long message = stream.getLong(ZStreamLayout.MESSAGE);
        return message == 0
                ? "error " + result
                : MemorySegment.ofAddress(message).reinterpret(256).getString(0);
    }

    /** Whether a block, or the header, ends here and another one follows. */
    boolean atBoundary() {
        int type = stream.getInt(ZStreamLayout.DATA_TYPE);
        return !ended && (type & ZStreamLayout.BLOCK_END) != 0 && (type & ZStreamLayout.LAST_BLOCK) == 0;
    }

    /** Whether the end of the stream was reached, and its checksum is right. */
    boolean hasEnded() {
        return ended;
    }

    /** Bits of the last byte used that belong to the next block. */
    int unusedBits() {
        return stream.getInt(ZStreamLayout.DATA_TYPE) & ZStreamLayout.UNUSED_BITS;
    }

    /** How much of the stream was used. */
    long compressed() {
        return read - stream.getInt(ZStreamLayout.AVAIL_IN);
    }

    /** How much was decompressed. */
    long uncompressed() {
        return written;
    }

    /** The bytes that {@link #next} added last, as long as it is not called again. */
    ByteBuffer last(int count) {
        return ring.slice((int) ((written - count) % RING), count);
    }

    /** Copies the first {@code length} of the last {@code back} bytes that were decompressed. */
    void copyLast(int back, int length, byte[] dst, int offset) {
        int start = (int) ((written - back) % RING);
        int first = Math.min(length, RING - start);
        ring.get(start, dst, offset, first);
        ring.get(0, dst, offset + first, length - first);
    }

    /**
     * Reads the rest of the source, which has to have no other stream.
     *
     * @return length of the source
     */
    long drain() throws IOException {
        int left = stream.getInt(ZStreamLayout.AVAIL_IN);
        byte[] rest = new byte[2];
        int known = Math.min(left, rest.length);
        input.get((int) (stream.getLong(ZStreamLayout.NEXT_IN) - inputAddress), rest, 0, known);
        int more = source.readNBytes(rest, known, rest.length - known);
        read += more;
        if (rest[0] == 0x1f && rest[1] == (byte) 0x8b) {
            throw new CorruptBlobException(
                    name,
                    compressed(),
                    "another gzip stream follows: an index can only be made of one, compress the layer anew");
        }
        for (int n = source.read(chunk); n > 0; n = source.read(chunk)) {
            read += n;
        }
        return read;
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            zlib.inflateEnd(stream);
        }
    }
}
