package io.obd.convert;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** How a layer's tar is compressed, told from its first bytes: media types are often wrong. */
enum LayerCompression {
    NONE,
    GZIP,
    ZSTD;

    private static final int BUFFER = 64 * 1024;
    private static final int MAGIC = 4;

    /** The tar within a layer blob. */
    static InputStream decompress(InputStream blob) throws IOException {
        BufferedInputStream in = new BufferedInputStream(blob, BUFFER);
        return switch (detect(in)) {
            case NONE -> in;
            case GZIP ->
                GzipCompressorInputStream.builder()
                        .setInputStream(in)
                        .setBufferSize(BUFFER)
                        .setDecompressConcatenated(true)
                        .get();
            case ZSTD -> new ZstdInputStreamNoFinalizer(in);
        };
    }

    private static LayerCompression detect(BufferedInputStream in) throws IOException {
        in.mark(MAGIC);
        byte[] magic = in.readNBytes(MAGIC);
        in.reset();
        if (startsWith(magic, 0x1f, 0x8b)) {
            return GZIP;
        }
        return startsWith(magic, 0x28, 0xb5, 0x2f, 0xfd) ? ZSTD : NONE;
    }

    private static boolean startsWith(byte[] bytes, int... prefix) {
        for (int i = 0; i < prefix.length; i++) {
            if (i >= bytes.length || (bytes[i] & 0xff) != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
