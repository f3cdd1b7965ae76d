package io.obd.block;

import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** The C library's decompressor for untrusted input. */
final class Lz4Decompressor implements BlockDecompressor {
    private final LZ4SafeDecompressor lz4 = LZ4Factory.nativeInstance().safeDecompressor();

    @Override
    public void decompress(ByteBuffer src, ByteBuffer dst) throws MalformedBlockException {
        try {
            lz4.decompress(src, dst);
        } catch (LZ4Exception e) {
            throw new MalformedBlockException("no lz4 block: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {}
}
