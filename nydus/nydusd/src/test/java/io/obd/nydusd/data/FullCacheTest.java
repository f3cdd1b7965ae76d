package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.Mounts;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache on a file system with room for a part of the image. */
class FullCacheTest {
    private static final int PARTS = 8;
    private static final int TOGETHER = 1 << 20;

    @TempDir
    private Path directory;

    private final Mounts mounts = new Mounts();

    @BeforeEach
    void mount() throws IOException {
        assumeTrue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0, "needs root to mount");
        mounts.mount("tmpfs", directory.toRealPath(), "tmpfs", List.of("size=256k"));
    }

    @AfterEach
    void unmount() throws IOException {
        mounts.unmount(directory.toRealPath());
    }

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(FullCacheTest.class.getResource("/golden/" + name))
                .toURI());
    }

    @ParameterizedTest
    @ValueSource(strings = {"v6-none/base.boot", "v6-zstd/base.boot", "v5-lz4_block/base.boot"})
    void aboutAsMuchIsFetchedAsIsRead(String name) throws Exception {
        Bootstrap image = Bootstrap.load(golden(name));
        BlobDirectory blobs = new BlobDirectory(List.of(golden("blobs")));
        CountedBlobs counted = new CountedBlobs(blobs);
        long stored = 0;
        try (ChunkReader reader = new ChunkReader(image, blobs, false);
                Content content =
                        new CachedContent(image, counted, new CacheOptions(directory, TOGETHER, 0, true, true))) {
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
            assertThat(directory.toFile().getUsableSpace()).isLessThan(64 << 10);
            assertThat(counted.bytes().get()).isBetween(stored, stored + stored / 10);

            // What does not fit is not prefetched either.
            long before = counted.bytes().get();
            for (Chunk chunk : image.chunks()) {
                assertThat(content.prefetch(chunk)).isZero();
            }
            assertThat(counted.bytes()).hasValue(before);
        }
    }
}
