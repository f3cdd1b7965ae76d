package io.obd.block;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.nio.ByteBuffer;

/** One context, used again for every block: making it costs more than compressing a block. */
final class ZstdCompressor implements BlockCompressor {
    private static final int LEVEL = 3;

    private final ZstdCompressCtx context = new ZstdCompressCtx().setLevel(LEVEL);

    @Override
    public int maxCompressedLength(int length) {
        return Math.toIntExact(Zstd.compressBound(length));
    }

    @Override
    public void compress(ByteBuffer src, ByteBuffer dst) {
        int length = context.compressDirectByteBuffer(
                dst, dst.position(), dst.remaining(), src, src.position(), src.remaining());
        src.position(src.limit());
        dst.position(dst.position() + length);
    }

    @Override
    public void close() {
        context.close();
    }
}
