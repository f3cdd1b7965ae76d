package io.obd.block.gzip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.MalformedBlockException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class DeflateSpanTest {
    private static final int HEADER = 10;

    @Test
    void aSpanGoesOnInTheNextMember() throws IOException, MalformedBlockException {
        byte[] content = content(50_000);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        stream.write(gzip(Arrays.copyOf(content, 20_000)));
        stream.write(gzip(Arrays.copyOfRange(content, 20_000, 50_000)));
        byte[] compressed = stream.toByteArray();
        DeflateSpan span =
                new DeflateSpan(Arrays.copyOfRange(compressed, HEADER, compressed.length), 0, 0, new byte[0]);

        assertThat(span.inflate(50_000)).isEqualTo(content);
        assertThat(span.inflate(100)).isEqualTo(Arrays.copyOf(content, 100));
        assertThatThrownBy(() -> span.inflate(50_001)).isInstanceOf(MalformedBlockException.class);
    }

    @Test
    void noiseIsNoSpan() {
        byte[] noise = new byte[1000];
        new Random(5).nextBytes(noise);
        DeflateSpan span = new DeflateSpan(noise, 0xff, 3, new byte[32 << 10]);

        assertThatThrownBy(() -> span.inflate(10_000)).isInstanceOf(MalformedBlockException.class);
    }

    private static byte[] content(int length) {
        byte[] content = new byte[length];
        Random random = new Random(3);
        for (int i = 0; i < length; i++) {
            content[i] = (byte) ('a' + random.nextInt(7));
        }
        return content;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }
}
