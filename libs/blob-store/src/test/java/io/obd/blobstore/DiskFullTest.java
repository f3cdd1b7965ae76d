package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.linux.DirectoryTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache on a file system of 256 KiB. */
class DiskFullTest {
    private static final int GRANULE = 4096;

    @TempDir
    private Path directory;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", directory.toString()) == 0,
                "mounting a tmpfs needs root");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        run("umount", directory.toString());
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void whileNothingCanBeKeptNothingIsFetchedTwice() throws IOException {
        BlobStoreConfig config = new BlobStoreConfig(
                directory, 1 << 30, GRANULE, Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofHours(1));
        FakeSource source = new FakeSource(200 * GRANULE, 5);
        Files.write(directory.resolve("filler"), new byte[200 * 1024]);
        try (BlobStore store = new BlobStore(config, FillCheck.NONE);
                CachedBlob blob = store.open(source.digest(), source.content.length, source)) {
            // A fetch is over when its bytes were kept, or could not be: then a second read fetches again.
            long before;
            int granule = 0;
            do {
                granule = (granule + 37) % 100;
                before = source.bytes.get();
                blob.read((long) granule * GRANULE, ByteBuffer.allocate(GRANULE));
                blob.read((long) granule * GRANULE, ByteBuffer.allocate(GRANULE));
            } while (source.bytes.get() < before + 2 * GRANULE);

            source.bytes.set(0);
            assertThat(blob.willNeed(100 * GRANULE, 50 * GRANULE)).isTrue();
            for (int at = 150 * GRANULE; at < 200 * GRANULE; at += 5 * GRANULE) {
                ByteBuffer dst = ByteBuffer.allocate(5 * GRANULE);
                blob.read(at, dst);
                assertThat(dst.flip()).isEqualTo(source.slice(at, 5 * GRANULE));
            }
            assertThat(source.bytes).hasValue(50 * GRANULE);
        }
    }

    @Test
    void aFullDiskCostsOnlyTheCachingUntilThereIsRoomAgain() throws IOException {
        BlobStoreConfig config = new BlobStoreConfig(
                directory, 1 << 30, GRANULE, Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofMillis(50));
        FakeSource source = new FakeSource(200 * GRANULE, 5);
        Path filler = Files.write(directory.resolve("filler"), new byte[200 * 1024]);
        try (BlobStore store = new BlobStore(config, FillCheck.NONE);
                CachedBlob blob = store.open(source.digest(), source.content.length, source)) {
            ByteBuffer all = ByteBuffer.allocate(source.content.length);
            for (int round = 0; round < 3; round++) {
                blob.read(0, all.clear());
                assertThat(all.flip()).isEqualTo(source.slice(0, source.content.length));
            }
            long cachedWhenFull = store.stats().bytesCached();
            assertThat(cachedWhenFull).isLessThan(56 * 1024);

            Files.delete(filler);
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (store.stats().bytesCached() <= cachedWhenFull + 64 * 1024 && System.nanoTime() < end) {
                blob.read(0, all.clear());
            }
            assertThat(store.stats().bytesCached()).isGreaterThan(cachedWhenFull + 64 * 1024);
        }
    }

    @Test
    void whoRemovesFilesOfTheCacheGetsTheirSpace() throws IOException {
        BlobStoreConfig config = new BlobStoreConfig(
                directory, 1 << 30, GRANULE, Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofMillis(50));
        FakeSource large = new FakeSource(200 * GRANULE, 5);
        FakeSource small = new FakeSource(10 * GRANULE, 6);
        try (BlobStore store = new BlobStore(config, FillCheck.NONE);
                CachedBlob first = store.open(large.digest(), large.content.length, large);
                CachedBlob second = store.open(small.digest(), small.content.length, small)) {
            first.read(0, ByteBuffer.allocate(large.content.length));
            DirectoryTree.delete(directory.resolve("blocks/sha256"));
            long before = large.bytes.get();
            first.read(0, ByteBuffer.allocate(GRANULE));
            assertThat(large.bytes).as("it is open and readable").hasValue(before);

            ByteBuffer all = ByteBuffer.allocate(small.content.length);
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            long fetched;
            do {
                fetched = small.bytes.get();
                second.read(0, all.clear());
            } while (small.bytes.get() > fetched && System.nanoTime() < end);

            assertThat(small.bytes).as("all of it is cached").hasValue(fetched);
            assertThat(Files.getFileStore(directory).getUsableSpace()).isGreaterThan(128 * 1024);
        }
    }
}
