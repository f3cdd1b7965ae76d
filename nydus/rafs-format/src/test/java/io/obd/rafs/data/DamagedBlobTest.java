package io.obd.rafs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.CorruptBlobException;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DamagedBlobTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v5-none/base.boot",
                "v5-lz4_block/base.boot",
                "v6-zstd/base.boot",
                "v6-opt-batch/base.boot",
            })
    void aDamagedChunkFailsAndTheOthersStayReadable(String name) throws IOException {
        Bootstrap image = GoldenImage.load(name);
        Chunk damaged = damage(image);
        Chunk last = image.chunks().stream()
                .filter(chunk -> chunk.compressedOffset() > damaged.compressedOffset() + damaged.compressedSize())
                .max((a, b) -> Long.compare(a.compressedOffset(), b.compressedOffset()))
                .orElseThrow();

        try (ChunkReader chunks = new ChunkReader(image, blobs(), false)) {
            assertThatThrownBy(() -> read(chunks, damaged)).isInstanceOf(CorruptBlobException.class);
            assertThat(read(chunks, last)).isEqualTo(last.uncompressedSize());
        }
    }

    /** All chunks of a small layer are in one span, so that none of them can be read. */
    @Test
    void aDamagedLayerInGzipFails() throws IOException {
        Bootstrap image = GoldenImage.load("v6-targzref/base.boot");
        Chunk damaged = damage(image);

        try (ChunkReader chunks = new ChunkReader(image, blobs(), false)) {
            assertThatThrownBy(() -> read(chunks, damaged)).isInstanceOf(CorruptBlobException.class);
        }
    }

    /** Overwrites a part of a chunk in a copy of the image's blob, and says which one. */
    private Chunk damage(Bootstrap image) throws IOException {
        Chunk damaged = image.chunks().stream()
                .filter(chunk -> chunk.compressedSize() > 1000)
                .findFirst()
                .orElseThrow();
        String id = image.blobs().getFirst().id();
        byte[] blob = Files.readAllBytes(GoldenImage.file("blobs/" + id));
        int from = (int) damaged.compressedOffset();
        Arrays.fill(blob, from + 100, from + 400, (byte) 0xa5);
        Files.write(directory.resolve(id), blob);
        return damaged;
    }

    @Test
    void contentWithTheWrongDigestIsRefusedWhenDigestsAreCompared() throws IOException {
        Bootstrap image = GoldenImage.load("v6-none/base.boot");
        Chunk chunk = image.chunks().getFirst();
        Chunk other = new Chunk(
                image.chunks().get(1).digest(),
                chunk.blob(),
                chunk.index(),
                chunk.flags(),
                chunk.compressedOffset(),
                chunk.compressedSize(),
                chunk.uncompressedOffset(),
                chunk.uncompressedSize(),
                chunk.crc32c());

        try (ChunkReader chunks = new ChunkReader(image, GoldenImage.blobs(), true)) {
            assertThatThrownBy(() -> read(chunks, other))
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageContaining("blake3");
        }
        try (ChunkReader chunks = new ChunkReader(image, GoldenImage.blobs(), false)) {
            assertThat(read(chunks, other)).isEqualTo(other.uncompressedSize());
        }
    }

    @Test
    void aBlobThatIsNotThereOrTooShortIsNamed() throws IOException {
        Bootstrap image = GoldenImage.load("v6-none/base.boot");
        Chunk chunk = image.chunks().getFirst();
        String id = image.blobs().getFirst().id();

        try (ChunkReader chunks = new ChunkReader(image, blobs(), false)) {
            assertThatThrownBy(() -> read(chunks, chunk))
                    .isInstanceOf(NoSuchFileException.class)
                    .hasMessageContaining(id)
                    .hasMessageContaining(directory.toString());
            Files.write(directory.resolve(id), new byte[1000]);
            assertThatThrownBy(() -> read(chunks, chunk))
                    .isInstanceOf(CorruptBlobException.class)
                    .hasMessageContaining("the blob ends here");
        }
    }

    private BlobSource blobs() {
        // What is not damaged, such as the blob with the chunk information, is taken from the golden set.
        return id -> {
            Path golden = GoldenImage.file("blobs/" + id);
            boolean meta = Files.exists(golden) && Files.size(golden) < 20_000;
            return new BlobDirectory(List.of(directory, meta ? GoldenImage.file("blobs") : directory)).open(id);
        };
    }

    private static int read(ChunkReader chunks, Chunk chunk) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(chunk.uncompressedSize());
        chunks.read(chunk, content);
        return content.position();
    }
}
