package io.obd.block;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;

/** One context, used again for every block. */
final class ZstdDecompressor implements BlockDecompressor {
    private final ZstdDecompressCtx context = new ZstdDecompressCtx();

    @Override
    public void decompress(ByteBuffer src, ByteBuffer dst) throws MalformedBlockException {
        try {
            int length = context.decompressDirectByteBuffer(
                    dst, dst.position(), dst.remaining(), src, src.position(), src.remaining());
            src.position(src.limit());
            dst.position(dst.position() + length);
        } catch (ZstdException e) {
            throw new MalformedBlockException("no zstd frame: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
