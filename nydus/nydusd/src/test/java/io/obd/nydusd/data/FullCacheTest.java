package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.Mounts;
import io.obd.rafs.Chunk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache on a file system with room for a part of the image. */
class FullCacheTest {
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

    @ParameterizedTest
    @ValueSource(strings = {"v6-none/base.boot", "v6-zstd/base.boot", "v5-lz4_block/base.boot"})
    void aboutAsMuchIsFetchedAsIsRead(String name) throws Exception {
        GoldenImage image = GoldenImage.of(name);
        CountedBlobs counted = new CountedBlobs(image.blobs());
        try (Content content =
                new CachedContent(image.bootstrap(), counted, new CacheOptions(directory, TOGETHER, 0, true, true))) {
            long stored = image.assertSameInParts(content);
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
