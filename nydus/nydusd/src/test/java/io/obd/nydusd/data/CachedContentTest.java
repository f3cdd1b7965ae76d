package io.obd.nydusd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.linux.Mounts;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Chunk;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.BlobSource;
import io.obd.rafs.data.ChunkReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class CachedContentTest {
    private static final int TOGETHER = 1 << 20;
    private static final BlobSource NOBODY = id -> {
        throw new IOException("blob " + id + " was asked for");
    };

    @TempDir
    private Path directory;

    private CacheOptions options(int together, boolean verify) {
        return new CacheOptions(directory, together, TOGETHER, true, verify);
    }

    private static Path golden(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(CachedContentTest.class.getResource("/golden/" + name))
                .toURI());
    }

    private static BlobSource blobs() throws URISyntaxException {
        return new BlobDirectory(List.of(golden("blobs")));
    }

    private static void assertSame(Bootstrap image, Content content) throws Exception {
        try (ChunkReader reader = new ChunkReader(image, blobs(), false)) {
            for (Chunk chunk : image.chunks()) {
                ByteBuffer expected = ByteBuffer.allocate(chunk.uncompressedSize());
                reader.read(chunk, expected);
                ByteBuffer actual = ByteBuffer.allocate(chunk.uncompressedSize());
                content.read(chunk, 0, actual);
                assertThat(actual.flip()).isEqualTo(expected.flip());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v5-lz4_block/base.boot",
                "v5-layered/l3.boot",
                "v6-none/base.boot",
                "v6-zstd/base.boot",
                "v6-opt-batch/base.boot",
                "v6-targzref/base.boot",
            })
    void whatWasCachedIsReadWithoutTheBlob(String name) throws Exception {
        Bootstrap image = Bootstrap.load(golden(name));
        try (Content content = new CachedContent(image, blobs(), options(TOGETHER, true))) {
            assertSame(image, content);
        }

        try (Content content = new CachedContent(image, NOBODY, options(TOGETHER, true))) {
            assertSame(image, content);
        }
    }

    @Test
    void whatLiesBehindAChunkIsFetchedWithIt() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-zstd/base.boot"));
        CountedBlobs counted = new CountedBlobs(blobs());
        try (Content content = new CachedContent(image, counted, options(TOGETHER, false))) {
            assertSame(image, content);
        }

        assertThat(counted.reads().get()).isLessThan(image.chunks().size() / 10);
    }

    @Test
    void whatOthersBringMeanwhileIsNotPrefetched() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-none/base.boot"));
        for (int round = 0; round < 20; round++) {
            Path cache = Files.createDirectory(directory.resolve("round" + round));
            CountedBlobs counted = new CountedBlobs(blobs());
            try (Content content = new CachedContent(image, counted, new CacheOptions(cache, 0, 0, true, false));
                    ExecutorService threads = Executors.newFixedThreadPool(16)) {
                Callable<Boolean> worker = () -> {
                    for (Chunk chunk : image.chunks()) {
                        content.prefetch(chunk);
                    }
                    return true;
                };
                for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(16, worker))) {
                    assertThat(done.get()).isTrue();
                }
            }
            assertThat(counted.reads().get()).isLessThanOrEqualTo(image.chunks().size());
        }
    }

    @Test
    void asMuchAsIsWantedIsPrefetchedTogether() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-none/base.boot"));
        Chunk chunk = image.chunks().stream()
                .min(Comparator.comparingLong(Chunk::compressedOffset))
                .orElseThrow();
        try (Content content =
                new CachedContent(image, blobs(), new CacheOptions(directory, 0, TOGETHER, true, false))) {
            assertThat(content.prefetch(chunk))
                    .isGreaterThan(100L * chunk.compressedSize())
                    .isLessThanOrEqualTo(TOGETHER);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v6-zstd/base.boot", "v6-opt-batch/base.boot", "v6-targzref/base.boot"})
    void theChunkInformationIsKeptBesideTheContent(String name) throws Exception {
        Bootstrap image = Bootstrap.load(golden(name));
        BlobInfo blob = image.blobs().getFirst();
        String separate = blob.chunkInfo().orElseThrow().blobId();
        Path kept = directory.resolve(blob.id() + ".blob.meta");
        try (Content content = new CachedContent(image, blobs(), options(TOGETHER, false))) {
            assertSame(image, content);
            long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!Files.exists(kept) && System.nanoTime() < limit) {
                Thread.sleep(10);
            }
        }
        byte[] bytes = Files.readAllBytes(kept);
        long data = blob.chunkInfo().orElseThrow().uncompressedSize();
        assertThat(bytes).hasSize((int) ((data + 4095) / 4096 + 1) * 4096).endsWith(0x0b, 0xb1, 0x0b, 0xb1);

        // What is kept is used, and not fetched again: where it is a blob of its own, that is not asked for.
        Files.delete(directory.resolve(blob.id() + ".blob.data"));
        Files.delete(directory.resolve(blob.id() + ".blob.data.chunk_map"));
        BlobSource golden = blobs();
        BlobSource others = id -> (id.equals(separate) && !id.equals(blob.id()) ? NOBODY : golden).open(id);
        try (Content content = new CachedContent(image, others, options(TOGETHER, false))) {
            assertSame(image, content);
        }

        // What is damaged is made anew.
        bytes[bytes.length - 4096] ^= 1;
        Files.write(kept, bytes);
        Files.delete(directory.resolve(blob.id() + ".blob.data"));
        Files.delete(directory.resolve(blob.id() + ".blob.data.chunk_map"));
        try (Content content = new CachedContent(image, blobs(), options(TOGETHER, false))) {
            assertSame(image, content);
        }
    }

    @Test
    void withoutAnIndexTheNextRunFindsNothing() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-zstd/base.boot"));
        CacheOptions options = new CacheOptions(directory, TOGETHER, TOGETHER, false, false);
        try (Content content = new CachedContent(image, blobs(), options)) {
            assertSame(image, content);
        }

        try (Content content = new CachedContent(image, NOBODY, options)) {
            Chunk chunk = image.chunks().getFirst();
            assertThatThrownBy(() -> content.read(chunk, 0, ByteBuffer.allocate(chunk.uncompressedSize())))
                    .hasStackTraceContaining("was asked for");
        }
        assertThat(directory.resolve(image.blobs().getFirst().id() + ".blob.data.chunk_map"))
                .doesNotExist();
    }

    @Test
    void aChunkThatManyWantIsFetchedOnce() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-zstd/base.boot"));
        Chunk chunk = image.chunks().getFirst();
        CountedBlobs counted = new CountedBlobs(blobs());
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        CountDownLatch done = new CountDownLatch(8);
        try (Content content = new CachedContent(image, counted, options(0, false))) {
            for (int i = 0; i < 8; i++) {
                Thread.ofPlatform().start(() -> {
                    try {
                        content.read(chunk, 0, ByteBuffer.allocate(chunk.uncompressedSize()));
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                    done.countDown();
                });
            }
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(failures).isEmpty();
        assertThat(counted.reads()).hasValue(1);
    }

    @Test
    void whoWaitsForAFetchThatBreaksDownGetsAnErrorNotZeros() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-zstd/base.boot"));
        Chunk chunk = image.chunks().getFirst();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        BlobSource breaking = watched(blobs(), () -> {
            begun.countDown();
            go.await();
            throw new OutOfMemoryError("no direct memory");
        });
        try (Content content = new CachedContent(image, breaking, options(0, false))) {
            Callable<Void> reading = () -> {
                content.read(chunk, 0, ByteBuffer.allocate(chunk.uncompressedSize()));
                return null;
            };
            FutureTask<Void> first = new FutureTask<>(reading);
            FutureTask<Void> second = new FutureTask<>(reading);
            Thread.ofPlatform().start(first);
            begun.await();
            Thread waiting = Thread.ofPlatform().start(second);
            while (waiting.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            go.countDown();
            assertThatThrownBy(first::get).hasRootCauseInstanceOf(OutOfMemoryError.class);
            assertThatThrownBy(second::get)
                    .hasCauseInstanceOf(IOException.class)
                    .hasRootCauseInstanceOf(OutOfMemoryError.class);
        }
    }

    @Test
    void aDamagedCacheIsFilledAnewWhenDigestsCount() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-none/base.boot"));
        try (Content content = new CachedContent(image, blobs(), options(TOGETHER, false))) {
            assertSame(image, content);
        }
        Path file = directory.resolve(image.blobs().getFirst().id() + ".blob.data");
        try (FileChannel data = FileChannel.open(file, StandardOpenOption.WRITE)) {
            data.write(
                    ByteBuffer.wrap(new byte[] {1, 2, 3, 4}),
                    image.chunks().getLast().uncompressedOffset());
        }

        try (Content content = new CachedContent(image, blobs(), options(TOGETHER, true))) {
            assertSame(image, content);
        }
    }

    @Test
    void filesOfSomethingElseAreRefused() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-none/base.boot"));
        String id = image.blobs().getFirst().id();
        Files.write(directory.resolve(id + ".blob.data"), new byte[10]);

        assertThatThrownBy(() -> new CachedContent(image, blobs(), options(TOGETHER, false)))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining(id + ".blob.data")
                .hasMessageContaining("remove the file");

        Files.delete(directory.resolve(id + ".blob.data"));
        new CachedContent(image, NOBODY, options(TOGETHER, false)).close();
        Files.write(directory.resolve(id + ".blob.data.chunk_map"), new byte[4128]);
        assertThatThrownBy(() -> new CachedContent(image, blobs(), options(TOGETHER, false)))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("chunk_map");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theMapOfDataThatSomebodyRemovedCountsForNothing(boolean isIndexed) throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-none/base.boot"));
        try (Content content = new CachedContent(image, blobs(), options(TOGETHER, false))) {
            assertSame(image, content);
        }
        Files.delete(directory.resolve(image.blobs().getFirst().id() + ".blob.data"));
        CacheOptions second = new CacheOptions(directory, TOGETHER, TOGETHER, isIndexed, false);
        new CachedContent(image, NOBODY, second).close();

        try (Content content = new CachedContent(image, blobs(), options(TOGETHER, false))) {
            assertSame(image, content);
        }
    }

    @Test
    void whoStillReadsRemovedDataSaysNothingOfTheNewFile() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-none/base.boot"));
        Path file = directory.resolve(image.blobs().getFirst().id() + ".blob.data");
        try (Content old = new CachedContent(image, blobs(), options(TOGETHER, false))) {
            Files.delete(file);
            new CachedContent(image, NOBODY, options(TOGETHER, false)).close();
            assertSame(image, old);
        }

        try (Content content = new CachedContent(image, blobs(), options(TOGETHER, false))) {
            assertSame(image, content);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".blob.data", ".blob.data.chunk_map"})
    void aFileThatThereIsNoSpaceForIsNamed(String suffix) throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-none/base.boot"));
        Path file = directory.resolve(image.blobs().getFirst().id() + suffix);
        new CachedContent(image, NOBODY, options(TOGETHER, false)).close();
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/dev/full"));

        assertThatThrownBy(() -> new CachedContent(image, NOBODY, options(TOGETHER, false)))
                .isNotInstanceOf(CorruptBlobException.class)
                .hasMessage("cannot make " + file)
                .hasRootCauseMessage("No space left on device");
    }

    @Test
    void oneDamagedChunkLeavesItsNeighboursReadable() throws Exception {
        Bootstrap image = Bootstrap.load(golden("v6-zstd/base.boot"));
        String id = image.blobs().getFirst().id();
        Chunk damaged = image.chunks().stream()
                .filter(chunk -> chunk.compressedSize() > 1000)
                .findFirst()
                .orElseThrow();
        byte[] blob = Files.readAllBytes(golden("blobs/" + id));
        blob[(int) damaged.compressedOffset() + 500] ^= 0x55;
        Path blobs = Files.createDirectories(directory.resolve("blobs"));
        Files.write(blobs.resolve(id), blob);

        try (Content content = new CachedContent(
                image,
                new BlobDirectory(List.of(blobs)),
                new CacheOptions(directory.resolve("cache"), TOGETHER, TOGETHER, true, false))) {
            for (Chunk chunk : image.chunks()) {
                ByteBuffer dst = ByteBuffer.allocate(chunk.uncompressedSize());
                if (chunk.equals(damaged)) {
                    assertThatThrownBy(() -> content.read(chunk, 0, dst)).isInstanceOf(CorruptBlobException.class);
                } else {
                    content.read(chunk, 0, dst);
                }
            }
        }
    }

    /** Of a blob that does not say how many chunks it has. */
    @Test
    void aChunkWithAnIndexThatNoMapHasRoomForIsRefused() throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(golden("v5-lz4_block/base.boot")))
                .order(ByteOrder.LITTLE_ENDIAN);
        Chunk chunk = Bootstrap.load(golden("v5-lz4_block/base.boot")).chunks().getFirst();
        bytes.putInt((int) bytes.getLong(72), 0);
        byte[] digest = chunk.digest().toBytes();
        for (int at = 0; at < bytes.capacity() - 80; at += 8) {
            if (Arrays.equals(bytes.array(), at, at + digest.length, digest, 0, digest.length)
                    && bytes.getLong(at + 48) == chunk.compressedOffset()) {
                bytes.putInt(at + 72, Integer.MAX_VALUE);
            }
        }
        Bootstrap image = Bootstrap.load(Files.write(directory.resolve("base.boot"), bytes.array()));

        assertThatThrownBy(() -> new CachedContent(image, NOBODY, options(TOGETHER, true)))
                .isInstanceOf(CorruptBlobException.class)
                .hasMessageContaining("chunk 2147483647");
    }

    @Test
    void whatCouldNotBeKeptIsComparedWhenAnotherProcessHasKeptIt() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        Bootstrap image = Bootstrap.load(golden("v6-none/base.boot"));
        BlobInfo blob = image.blobs().getFirst();
        Chunk chunk = image.chunks().getFirst();
        Mounts mounts = new Mounts();
        mounts.mount("tmpfs", directory.toRealPath(), "tmpfs", List.of("size=256k"));
        try (Content content = new CachedContent(image, blobs(), options(0, true))) {
            Path filler = fill();
            content.read(chunk, 0, ByteBuffer.allocate(chunk.uncompressedSize()));
            Files.delete(filler);
            try (FileChannel data = FileChannel.open(content.files().getFirst(), StandardOpenOption.WRITE);
                    ChunkMap map =
                            ChunkMap.open(directory.resolve(blob.id() + ".blob.data.chunk_map"), blob.chunkCount())) {
                data.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), chunk.uncompressedOffset());
                map.set(chunk.index(), true);
            }

            ByteBuffer read = ByteBuffer.allocate(chunk.uncompressedSize());
            content.read(chunk, 0, read);

            try (ChunkReader reader = new ChunkReader(image, blobs(), false)) {
                ByteBuffer expected = ByteBuffer.allocate(chunk.uncompressedSize());
                reader.read(chunk, expected);
                assertThat(read.flip()).isEqualTo(expected.flip());
            }
        } finally {
            mounts.unmountLazily(directory.toRealPath());
        }
    }

    /** Takes all the room there is. */
    private Path fill() throws IOException {
        Path filler = directory.resolve("filler");
        byte[] page = new byte[4096];
        try (var out = Files.newOutputStream(filler)) {
            while (directory.toFile().getUsableSpace() > 0) {
                out.write(page);
            }
        }
        return filler;
    }

    private static BlobSource watched(BlobSource source, Callable<?> beforeRead) {
        return id -> {
            BlobReader blob = source.open(id);
            return new BlobReader() {
                @Override
                public long size() {
                    return blob.size();
                }

                @Override
                public void read(long offset, ByteBuffer dst) throws IOException {
                    try {
                        beforeRead.call();
                    } catch (Exception e) {
                        throw new IOException(e);
                    }
                    blob.read(offset, dst);
                }

                @Override
                public String name() {
                    return blob.name();
                }

                @Override
                public void close() throws IOException {
                    blob.close();
                }
            };
        };
    }
}
