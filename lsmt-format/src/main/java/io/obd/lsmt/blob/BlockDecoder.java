package io.obd.lsmt.blob;

import io.obd.block.BlockDecompressor;
import io.obd.block.Codec;
import io.obd.block.Crc32c;
import io.obd.block.MalformedBlockException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Decodes stored blocks of a ZFile, for one thread at a time. Has a buffer for stored bytes and one for a block of which
 * only a part is wanted.
 */
final class BlockDecoder implements AutoCloseable {
    /** Seed of the CRC behind a block. */
    static final int CRC_SEED = 100_007;

    private final ByteBuffer stored;
    private final ByteBuffer plain;
    private final BlockDecompressor decompressor;
    private final Crc32c crc = new Crc32c(CRC_SEED);
    private final boolean verify;

    BlockDecoder(Codec codec, int blockSize, int storedCapacity, boolean verify) {
        this.stored = ByteBuffer.allocateDirect(storedCapacity).order(ByteOrder.LITTLE_ENDIAN);
        this.plain = ByteBuffer.allocateDirect(blockSize);
        this.decompressor = codec.newDecompressor();
        this.verify = verify;
    }

    /** For the stored bytes of one or more blocks. */
    ByteBuffer stored() {
        return stored;
    }

    /**
     * Decodes the block in bytes {@code start} to {@code end} of {@link #stored()}, and appends a part of it to
     * {@code dst}.
     *
     * @param length bytes that the block has to have when decoded
     * @param from first byte of the block that is wanted
     * @param count number of bytes that are wanted
     * @throws MalformedBlockException if the CRC is wrong or the bytes are no such block; {@code dst} is as it was
     */
    void decode(int start, int end, int length, int from, int count, ByteBuffer dst) throws MalformedBlockException {
        int dataEnd = end;
        if (verify) {
            verify(start, end);
            dataEnd -= Integer.BYTES;
        }
        stored.limit(dataEnd).position(start);
        if (count == length && dst.isDirect()) {
            decompress(length, dst);
        } else {
            plain.clear();
            decompress(length, plain);
            dst.put(dst.position(), plain, from, count).position(dst.position() + count);
        }
    }

    /**
     * Compares the block in bytes {@code start} to {@code end} of {@link #stored()} with the CRC behind it.
     *
     * @throws MalformedBlockException if it has another one
     */
    void verify(int start, int end) throws MalformedBlockException {
        int dataEnd = end - Integer.BYTES;
        int expected = stored.limit(end).getInt(dataEnd);
        int found = crc.of(stored.limit(dataEnd).position(start));
        if (found != expected) {
            throw new MalformedBlockException(String.format("CRC is %08x, stored is %08x", found, expected));
        }
    }

    private void decompress(int length, ByteBuffer target) throws MalformedBlockException {
        int position = target.position();
        int limit = target.limit();
        target.limit(position + length);
        try {
            decompressor.decompress(stored, target);
        } finally {
            target.limit(limit);
        }
        int found = target.position() - position;
        if (found != length) {
            target.position(position);
            throw new MalformedBlockException(found + " bytes when decompressed, not " + length);
        }
    }

    @Override
    public void close() {
        decompressor.close();
    }
}
