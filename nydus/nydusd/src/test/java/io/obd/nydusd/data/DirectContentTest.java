package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.ChunkReader;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectContentTest {
    private static final int PARTS = 8;

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DirectContentTest.class.getResource("/golden/" + name))
                .toURI());
    }

    @ParameterizedTest
    @ValueSource(strings = {"v6-none/base.boot", "v6-zstd/base.boot", "v5-lz4_block/base.boot"})
    void aChunkThatIsReadInPartsIsFetchedOnce(String name) throws Exception {
        Bootstrap image = Bootstrap.load(golden(name));
        BlobDirectory blobs = new BlobDirectory(List.of(golden("blobs")));
        CountedBlobs counted = new CountedBlobs(blobs);
        long stored = 0;
        try (ChunkReader reader = new ChunkReader(image, blobs, false);
                Content content = new DirectContent(image, counted, true)) {
            for (Chunk chunk : image.chunks()) {
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
        assertThat(counted.bytes()).hasValue(stored);
        assertThat(counted.reads()).hasValueLessThanOrEqualTo(image.chunks().size());
    }
}
