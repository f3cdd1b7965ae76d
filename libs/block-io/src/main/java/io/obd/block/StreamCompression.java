package io.obd.block;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** How a stream is compressed as a whole, told from its first bytes: names and media types are often wrong. */
public enum StreamCompression {
    NONE,
    GZIP,
    ZSTD;

    private static final int BUFFER = 64 * 1024;

    /** Bytes at the beginning of a stream that it is told from. */
    public static final int MAGIC = 4;

    /** What a stream holds: decompressed if it is gzip (of any number of members) or zstd, otherwise as it is. */
    public static InputStream decompress(InputStream blob) throws IOException {
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

    /** How a blob is compressed. */
    public static StreamCompression of(BlobReader blob) throws IOException {
        byte[] magic = new byte[(int) Math.min(MAGIC, blob.size())];
        blob.read(0, ByteBuffer.wrap(magic));
        return of(magic);
    }

    private static StreamCompression detect(BufferedInputStream in) throws IOException {
        in.mark(MAGIC);
        byte[] magic = in.readNBytes(MAGIC);
        in.reset();
        return of(magic);
    }

    /** How a stream is compressed that begins with these bytes. */
    public static StreamCompression of(byte[] magic) {
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
