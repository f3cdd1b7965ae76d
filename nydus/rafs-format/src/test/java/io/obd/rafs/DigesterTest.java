package io.obd.rafs;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.commons.codec.digest.Blake3;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DigesterTest {

    /** Test vectors of BLAKE3, whose input counts from 0 to 250 again and again. */
    @ParameterizedTest
    @CsvSource({
        "0, af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        "1, 2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
        "8192, aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63",
        "8193, bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b",
        "16384, f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4",
        "31744, 62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47",
        "102400, bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
    })
    void blake3GivesWhatItsTestVectorsSay(int length, String digest) {
        byte[] input = new byte[length];
        for (int i = 0; i < length; i++) {
            input[i] = (byte) (i % 251);
        }

        assertThat(hex(Digester.BLAKE3.digest(ByteBuffer.wrap(input)))).isEqualTo(digest);
    }

    @ParameterizedTest
    @ValueSource(ints = {8192, 8193, 9215, 9216, 9217, 65535, 65536, 65537, 66559, 66560, 131071, 131073, 1 << 20})
    void blake3IsRightAtTheLimitsOfItsParts(int length) {
        assertSameAsLibrary(length, 0);
    }

    @Property(tries = 200)
    void blake3IsThatOfTheLibrary(@ForAll @IntRange(max = 300_000) int length, @ForAll long seed) {
        assertSameAsLibrary(length, seed);
    }

    /** Short and long ones, whose pieces share lanes; none has fewer than one piece. */
    @Property(tries = 100)
    void manyDigestsAreThoseOfEach(
            @ForAll @Size(max = 80) List<@IntRange(max = 5_000) Integer> lengths,
            @ForAll @IntRange(max = 200_000) int longOne,
            @ForAll long seed) {
        List<byte[]> contents = new ArrayList<>(
                lengths.stream().map(length -> random(length, seed + length)).toList());
        contents.add(contents.size() / 2, random(longOne, seed));

        for (Digester digester : Digester.values()) {
            assertThat(digester.digests(contents.stream().map(ByteBuffer::wrap).toList()))
                    .isEqualTo(contents.stream()
                            .map(content -> digester.digest(ByteBuffer.wrap(content)))
                            .toList());
        }
        assertThat(Digester.BLAKE3.digests(
                        contents.stream().map(ByteBuffer::wrap).toList()))
                .isEqualTo(contents.stream()
                        .map(content -> ByteString.copyOf(Blake3.hash(content)))
                        .toList());
    }

    @Test
    void noDigestsOfNothing() {
        assertThat(Digester.BLAKE3.digests(List.of())).isEmpty();
    }

    @Test
    void theRestOfABufferIsHashedAndConsumed() {
        byte[] input = random(100_003, 7);
        ByteBuffer direct = ByteBuffer.allocateDirect(input.length + 3).put(new byte[3]);
        direct.put(input).position(3);

        assertThat(Digester.BLAKE3.digest(direct).toBytes()).isEqualTo(Blake3.hash(input));
        assertThat(direct.hasRemaining()).isFalse();
    }

    private static void assertSameAsLibrary(int length, long seed) {
        byte[] input = random(length, seed);

        assertThat(Digester.BLAKE3.digest(ByteBuffer.wrap(input)).toBytes()).isEqualTo(Blake3.hash(input));
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String hex(ByteString digest) {
        return HexFormat.of().formatHex(digest.toBytes());
    }
}
