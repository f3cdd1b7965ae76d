package io.obd.block.gzip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobException;
import io.obd.block.MalformedBlockException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class GzipBlocksTest {

    @Test
    void eachBlockCanBeDecompressedAlone() throws IOException, MalformedBlockException {
        byte[] content = content(3_000_000, 1);
        byte[] gzip = gzip(content);
        int checked = 0;
        try (GzipBlocks blocks = new GzipBlocks(new ByteArrayInputStream(gzip), "layer")) {
            GzipBlocks.Block last = null;
            for (int position = 0; blocks.read() >= 0; position++) {
                GzipBlocks.Block block = blocks.trace().piece(position).block();
                if (block != last) {
                    last = block;
                    assertThat(block.uncompressed()).isEqualTo(position);
                    assertCanBegin(block, gzip, content);
                    checked++;
                }
            }
        }
        assertThat(checked).isGreaterThan(10);
    }

    private static void assertCanBegin(GzipBlocks.Block block, byte[] gzip, byte[] content)
            throws MalformedBlockException {
        int length = (int) Math.min(50_000, content.length - block.uncompressed());
        byte[] rest = Arrays.copyOfRange(gzip, (int) block.compressed(), gzip.length);
        DeflateSpan span = new DeflateSpan(rest, block.sharedByte(), block.sharedBits(), block.window());
        int from = (int) block.uncompressed();

        assertThat(span.inflate(length)).isEqualTo(Arrays.copyOfRange(content, from, from + length));
    }

    @Test
    void membersFollowEachOther() throws IOException, MalformedBlockException {
        byte[] first = content(100_000, 2);
        byte[] second = content(150_000, 3);
        byte[] both = concat(first, second);
        byte[] gzip = concat(concat(gzip(first), gzip(new byte[0])), gzip(second));
        try (GzipBlocks blocks = new GzipBlocks(new ByteArrayInputStream(gzip), "layer")) {
            assertThat(blocks.readNBytes(first.length)).isEqualTo(first);
            assertThat(blocks.readNBytes(1)).isEqualTo(new byte[] {second[0]});
            GzipBlocks.Block block = blocks.trace().piece(first.length).block();
            assertThat(block.uncompressed()).isEqualTo(first.length);
            assertThat(block.window()).isEmpty();
            assertCanBegin(block, gzip, both);
            assertThat(blocks.readAllBytes()).isEqualTo(Arrays.copyOfRange(second, 1, second.length));
            assertThat(blocks.trace().piece(both.length - 1).compressedEnd()).isEqualTo(gzip.length);
        }
    }

    @Test
    void whatWasReadNeedsNoMoreThanWhatWasUsed() throws IOException, MalformedBlockException {
        byte[] content = content(500_000, 4);
        byte[] gzip = gzip(content);
        try (GzipBlocks blocks = new GzipBlocks(new ByteArrayInputStream(gzip), "layer")) {
            assertThat(blocks.read()).isNotNegative();
            for (int length = 77_778; length < content.length; length += 77_777) {
                assertThat(blocks.readNBytes(77_777)).hasSize(77_777);
                int end = (int) blocks.trace().piece(length - 1).compressedEnd();
                byte[] used = Arrays.copyOfRange(gzip, 10, end);

                assertThat(new DeflateSpan(used, 0, 0, new byte[0]).inflate(length))
                        .isEqualTo(Arrays.copyOf(content, length));
            }
        }
    }

    @Test
    void aReaderBehindTheOneThatDecompressesFindsWhatItRead() throws IOException, MalformedBlockException {
        byte[] content = content(1_000_000, 7);
        byte[] gzip = gzip(content);
        try (GzipBlocks blocks = new GzipBlocks(new ByteArrayInputStream(gzip), "layer")) {
            assertThat(blocks.readAllBytes()).isEqualTo(content);

            for (int position = 0; position < content.length; position += 99_999) {
                GzipTrace.Piece piece = blocks.trace().piece(position);
                assertThat(piece.block().uncompressed()).isLessThanOrEqualTo(position);
                assertThat(piece.uncompressedEnd()).isGreaterThan(position);
                assertCanBegin(piece.block(), gzip, content);
            }
        }
    }

    @Test
    void zerosBehindTheLastMemberAreNoMember() throws IOException {
        byte[] content = content(10_000, 5);
        byte[] padded = concat(gzip(content), new byte[512]);
        try (GzipBlocks blocks = new GzipBlocks(new ByteArrayInputStream(padded), "layer")) {
            assertThat(blocks.readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void aStreamThatEndsTooEarlyOrIsDamagedIsNoStream() throws IOException {
        byte[] gzip = gzip(content(100_000, 6));
        byte[] damaged = gzip.clone();
        damaged[gzip.length - 6] ^= 1;
        for (byte[] wrong : new byte[][] {Arrays.copyOf(gzip, gzip.length - 1), damaged, new byte[20], new byte[0]}) {
            try (GzipBlocks blocks = new GzipBlocks(new ByteArrayInputStream(wrong), "layer")) {
                assertThatThrownBy(blocks::readAllBytes)
                        .isInstanceOf(BlobException.class)
                        .hasMessageStartingWith("layer");
            }
        }
    }

    private static byte[] content(int length, int seed) {
        byte[] content = new byte[length];
        Random random = new Random(seed);
        for (int i = 0; i < length; i++) {
            content[i] = (byte) ('a' + random.nextInt(17));
        }
        return content;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }
}
