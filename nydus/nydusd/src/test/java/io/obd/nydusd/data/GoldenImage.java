package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** An image of the golden files, and where its blobs are. */
record GoldenImage(Bootstrap bootstrap, BlobDirectory blobs) {
    private static final int PARTS = 8;

    static GoldenImage of(String name) throws IOException, URISyntaxException {
        return new GoldenImage(Bootstrap.load(golden(name)), new BlobDirectory(List.of(golden("blobs"))));
    }

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(GoldenImage.class.getResource("/golden/" + name))
                .toURI());
    }

    List<Chunk> chunks() {
        return bootstrap.chunks();
    }

    /**
     * Reads all chunks one part after the other, and compares them with what they are.
     *
     * @return how many bytes they have as they are stored
     */
    long assertSameInParts(Content content) throws IOException {
        long stored = 0;
        try (ChunkReader reader = new ChunkReader(bootstrap, blobs, false)) {
            for (Chunk chunk : chunks()) {
                ByteBuffer expected = ByteBuffer.allocate(chunk.uncompressedSize());
                reader.read(chunk, expected);
                ByteBuffer actual = ByteBuffer.allocate(chunk.uncompressedSize());
                int part = Math.ceilDiv(actual.capacity(), PARTS);
                for (int from = 0; from < actual.capacity(); from += part) {
                    content.read(chunk, from, actual.limit(Math.min(from + part, actual.capacity())));
                }
                assertThat(actual.flip()).isEqualTo(expected.flip());
                stored += chunk.compressedSize();
            }
        }
        return stored;
    }
}
