package io.obd.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class LayerTarTest {
    private static final ConversionEngine ENGINE = new ConversionEngine() {
        @Override
        public void build(SourceLayer layer, InputStream tar) {
            throw new IllegalStateException("nothing is built here");
        }

        @Override
        public ConvertedLayer describe(SourceLayer layer) {
            throw new IllegalStateException("nothing is built here");
        }
    };

    private final byte[] tar = new byte[300_000];
    private final AtomicLong consumed = new AtomicLong();

    LayerTarTest() {
        new Random(1).nextBytes(tar);
    }

    @Test
    void compressionIsToldFromTheContent() throws IOException {
        for (byte[] blob : new byte[][] {tar, gzip(tar), Zstd.compress(tar)}) {
            consumed.set(0);

            assertThat(read(blob)).isEqualTo(tar);
            assertThat(consumed).hasValue(blob.length);
        }
    }

    @Test
    void membersOfAGzipFileFollowOneAnother() throws IOException {
        byte[] first = gzip(Arrays.copyOf(tar, 1000));
        byte[] second = gzip(Arrays.copyOfRange(tar, 1000, tar.length));
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);

        assertThat(read(both)).isEqualTo(tar);
    }

    @Test
    void aTruncatedOrDamagedBlobIsAnError() throws IOException {
        byte[] gzip = gzip(tar);
        byte[] zstd = Zstd.compress(tar);
        byte[] flipped = gzip(tar);
        flipped[flipped.length / 2] ^= 1;

        assertThatThrownBy(() -> read(Arrays.copyOf(gzip, gzip.length - 9))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(Arrays.copyOf(zstd, zstd.length - 9))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(flipped)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(Arrays.copyOf(tar, 1000)))
                .isInstanceOf(ConversionException.class)
                .hasMessageContaining("the image's config says " + Digest.sha256(tar));
    }

    private byte[] read(byte[] blob) throws IOException {
        Digest diffId = Digest.sha256(tar);
        SourceLayer layer = new SourceLayer(0, Descriptor.of("layer", blob), diffId, diffId, null);
        try (InputStream in = new LayerTar(
                new DecompressedLayer(new ByteArrayInputStream(blob), layer, ENGINE, consumed::addAndGet), layer)) {
            return in.readAllBytes();
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
