package io.obd.rafs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.RafsVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkPipelineTest {
    private static final int LARGEST_SMALL = 50_000;

    /** What was handed on: the tag, the digest, and the content as it was then. */
    private record Placed(Object tag, ByteString digest, ByteString content) {}

    private final List<Placed> placed = new ArrayList<>();

    /** Far more than is under way at once; some chunks are as large as they can be, some have a byte. */
    @ParameterizedTest
    @ValueSource(ints = {4096, 1 << 20})
    void chunksComeOutInTheirOrderWithTheirContent(int chunkSize) throws IOException {
        List<byte[]> contents = contents(chunkSize);
        try (ChunkPipeline pipeline = pipeline(chunkSize)) {
            for (int i = 0; i < contents.size(); i++) {
                byte[] content = contents.get(i);
                if (i % 2 == 0) {
                    pipeline.put(dst -> dst.put(content), content.length, true, i);
                } else {
                    pipeline.putContent(dst -> dst.put(content), content.length, true, i);
                }
            }
            pipeline.drain();
        }

        assertThat(placed).hasSameSizeAs(contents);
        for (int i = 0; i < contents.size(); i++) {
            byte[] content = contents.get(i);
            assertThat(placed.get(i))
                    .isEqualTo(new Placed(
                            i, Digester.BLAKE3.digest(ByteBuffer.wrap(content)), ByteString.copyOf(content)));
        }
    }

    @Test
    void itGoesOnAfterItWasDrained() throws IOException {
        try (ChunkPipeline pipeline = pipeline(4096)) {
            pipeline.drain();
            for (int i = 0; i < 3; i++) {
                pipeline.put(dst -> dst.put((byte) 1), 1, true, i);
                pipeline.drain();
                assertThat(placed).hasSize(i + 1);
            }
        }
    }

    @Test
    void aChunkThatCannotBeReadEndsItWithTheErrorOfTheReader() {
        try (ChunkPipeline pipeline = pipeline(4096)) {
            assertThatThrownBy(() -> {
                        pipeline.put(dst -> dst.put((byte) 1), 1, true, 0);
                        pipeline.put(
                                _ -> {
                                    throw new IOException("file: it is gone");
                                },
                                4096,
                                true,
                                1);
                        pipeline.drain();
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessage("file: it is gone");
        }
        assertThat(placed).isEmpty();
    }

    private ChunkPipeline pipeline(int chunkSize) {
        ImageFormat format = new ImageFormat(RafsVersion.V6, Compressor.NONE, Digester.BLAKE3, chunkSize, true);
        return new ChunkPipeline(format, _ -> false, this::place);
    }

    private void place(ChunkPipeline.Piece piece) {
        byte[] content = new byte[piece.length()];
        piece.content().duplicate().get(content);
        placed.add(new Placed(piece.tag(), piece.digest(), ByteString.copyOf(content)));
    }

    private static List<byte[]> contents(int chunkSize) {
        Random random = new Random(chunkSize);
        List<byte[]> contents = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int most = Math.min(chunkSize, LARGEST_SMALL);
            int length = i % 100 == 99 ? chunkSize : i % 10 == 9 ? 1 : 1 + random.nextInt(most);
            byte[] content = new byte[length];
            random.nextBytes(content);
            contents.add(content);
        }
        return contents;
    }
}
