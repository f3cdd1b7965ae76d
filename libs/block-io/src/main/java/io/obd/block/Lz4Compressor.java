package io.obd.block;

import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/** The C library's fast compressor. The library has a Java port that compresses differently: it is never used. */
final class Lz4Compressor implements BlockCompressor {
    private final LZ4Compressor lz4 = LZ4Factory.nativeInstance().fastCompressor();

    @Override
    public int maxCompressedLength(int length) {
        return lz4.maxCompressedLength(length);
    }

    @Override
    public void compress(ByteBuffer src, ByteBuffer dst) {
        lz4.compress(src, dst);
    }

    @Override
    public void close() {}
}
