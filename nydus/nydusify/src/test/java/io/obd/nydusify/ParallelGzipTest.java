package io.obd.nydusify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelGzipTest {
    private static final int PIECE = 256 << 10;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 9 * PIECE + 12345})
    void whatComesOutIsOneMemberWithTheContent(int length) throws IOException {
        byte[] content = content(length);

        byte[] gzip = compress(content, 10_000);

        try (ByteArrayInputStream in = new ByteArrayInputStream(gzip);
                GZIPInputStream member = new GZIPInputStream(in)) {
            assertThat(member.readAllBytes()).isEqualTo(content);
            assertThat(in.available()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 777, PIECE, 4 * PIECE})
    void equalContentMakesEqualBytesHoweverItIsWritten(int step) throws IOException {
        byte[] content = content(5 * PIECE + 99);

        assertThat(compress(content, step)).isEqualTo(compress(content, content.length));
    }

    @ParameterizedTest
    @ValueSource(ints = 20 * PIECE)
    void itIsHardlyLargerThanInOnePiece(int length) throws IOException {
        byte[] content = content(length);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(whole)) {
            gzip.write(content);
        }

        assertThat(compress(content, length).length).isLessThan(whole.size() * 101 / 100);
    }

    private static byte[] compress(byte[] content, int step) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ParallelGzip gzip = new ParallelGzip(out)) {
            for (int at = 0; at < content.length; at += step) {
                gzip.write(content, at, Math.min(step, content.length - at));
            }
            gzip.finish();
        }
        return out.toByteArray();
    }

    /** One half are words, one half is noise. */
    private static byte[] content(int length) {
        Random random = new Random(length);
        byte[] content = new byte[length];
        random.nextBytes(content);
        for (int i = 0; i < length; i++) {
            if (i / 1000 % 2 == 0) {
                content[i] = (byte) ('a' + content[i] % 4);
            }
        }
        return content;
    }
}
