package io.obd.block.gzip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.MalformedBlockException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What is installed beside zlib makes the same of the same bytes. */
class RawInflaterTest {
    private static final int MOST_CONTENT = 300_000;

    @Test
    void theFastestIsUsed() {
        try (RawInflater inflater = RawInflater.open()) {
            assertThat(inflater).isInstanceOf(LibIsal.functions() == null ? ZlibInflater.class : IsalInflater.class);
        }
    }

    @Property(tries = 300)
    void allMakeTheSame(
            @ForAll long seed,
            @ForAll @IntRange(max = 9) int level,
            @ForAll @IntRange(max = GzipIndexLayout.WINDOW) int window,
            @ForAll @IntRange(min = 1, max = MOST_CONTENT) int length)
            throws MalformedBlockException {
        Random random = new Random(seed);
        byte[] before = content(random, window);
        byte[] content = content(random, length);
        byte[] deflated = deflate(content, before, level);
        for (RawInflater inflater : all()) {
            try (inflater) {
                for (int i = 0; i < 2; i++) {
                    assertThat(inflate(inflater, deflated, before, length, random))
                            .as("by %s", inflater.getClass())
                            .isEqualTo(content);
                }
            }
        }
    }

    /** Any bytes, or the error: damage that makes another stream can only be seen by checksums. */
    @Property(tries = 300)
    void damageIsBytesOrTheError(@ForAll long seed, @ForAll @IntRange(min = 1, max = 20_000) int length) {
        Random random = new Random(seed);
        byte[] content = content(random, length);
        byte[] deflated = deflate(content, new byte[0], 6);
        for (int i = random.nextInt(3); i >= 0; i--) {
            deflated[random.nextInt(deflated.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        }
        for (RawInflater inflater : all()) {
            try (inflater) {
                assertThat(inflate(inflater, deflated, new byte[0], length, random))
                        .hasSizeLessThanOrEqualTo(length);
            } catch (MalformedBlockException e) {
                assertThat(e).hasMessageStartingWith("no deflate stream: ");
            }
        }
    }

    @Test
    void aDistanceThatGoesBackTooFarIsNoticed() {
        byte[] before = content(new Random(1), GzipIndexLayout.WINDOW);
        byte[] deflated = deflate(before, before, 9);
        for (RawInflater inflater : all()) {
            try (inflater) {
                assertThatThrownBy(() -> inflate(inflater, deflated, new byte[0], before.length, new Random(1)))
                        .isInstanceOf(MalformedBlockException.class);
            }
        }
    }

    @Test
    void nothingFollowsTheEndOfAStream() throws MalformedBlockException {
        byte[] content = content(new Random(1), 1000);
        byte[] longer = Arrays.copyOf(deflate(content, new byte[0], 6), 2000);
        for (RawInflater inflater : all()) {
            try (inflater) {
                assertThat(inflate(inflater, longer, new byte[0], 5000, new Random(1)))
                        .isEqualTo(content);
            }
        }
    }

    private static List<RawInflater> all() {
        List<RawInflater> all = new ArrayList<>(List.of(new ZlibInflater()));
        LibIsal.Functions isal = LibIsal.functions();
        if (isal != null) {
            all.add(new IsalInflater(isal));
        }
        return all;
    }

    /** Words that come again, some of them new. */
    private static byte[] content(Random random, int length) {
        byte[] content = new byte[length];
        int at = 0;
        while (at < length) {
            int run = Math.min(length - at, 1 + random.nextInt(300));
            if (at < 100 || random.nextInt(4) == 0) {
                byte[] word = new byte[run];
                random.nextBytes(word);
                System.arraycopy(word, 0, content, at, run);
            } else {
                int from = random.nextInt(at);
                for (int i = 0; i < run; i++) {
                    content[at + i] = content[from + i];
                }
            }
            at += run;
        }
        return content;
    }

    private static byte[] deflate(byte[] content, byte[] window, int level) {
        Deflater deflater = new Deflater(level, true);
        try {
            deflater.setDictionary(window);
            deflater.setInput(content);
            deflater.finish();
            byte[] deflated = new byte[content.length + content.length / 1000 + 100];
            return Arrays.copyOf(deflated, deflater.deflate(deflated));
        } finally {
            deflater.end();
        }
    }

    /** In pieces of any length, until there are enough bytes or none come any more. */
    private static byte[] inflate(RawInflater inflater, byte[] deflated, byte[] window, int length, Random random)
            throws MalformedBlockException {
        inflater.start(window);
        byte[] result = new byte[length];
        int given = 0;
        int made = 0;
        while (made < length) {
            ByteBuffer piece = ByteBuffer.allocateDirect(Math.min(length - made, 1 + random.nextInt(100_000)));
            inflater.inflate(piece);
            int count = piece.position();
            piece.get(0, result, made, count);
            made += count;
            if (count > 0) {
                continue;
            }
            if (!inflater.needsInput() || given == deflated.length) {
                break;
            }
            int more = Math.min(deflated.length - given, 1 + random.nextInt(50_000));
            inflater.setInput(
                    ByteBuffer.allocateDirect(more).put(deflated, given, more).flip());
            given += more;
        }
        return Arrays.copyOf(result, made);
    }
}
