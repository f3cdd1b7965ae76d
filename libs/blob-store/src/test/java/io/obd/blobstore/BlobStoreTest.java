package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.block.BlobReader;
import io.obd.block.CorruptBlobException;
import io.obd.block.TruncatedBlobException;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobStoreTest {
    private static final int GRANULE = 4096;

    @TempDir
    private Path directory;

    private final FakeSource source = new FakeSource(100 * GRANULE + 100, 1);

    private BlobStoreConfig config() {
        return config(1 << 20);
    }

    private BlobStoreConfig config(long sizeLimit) {
        return new BlobStoreConfig(
                directory, sizeLimit, GRANULE, Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofMillis(200));
    }

    private BlobStore store() throws IOException {
        return new BlobStore(config(), FillCheck.NONE);
    }

    private static CachedBlob open(BlobStore store, FakeSource source) throws IOException {
        return store.open(source.digest(), source.content.length, source);
    }

    private static ByteBuffer read(CachedBlob blob, int offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocateDirect(length + 7).limit(length);
        blob.read(offset, dst);
        assertThat(dst.position()).isEqualTo(length);
        return dst.flip();
    }

    @Test
    void whatWasReadOnceIsNotFetchedAgain() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThat(read(blob, 10, 100)).isEqualTo(source.slice(10, 100));
            awaitCached(store, GRANULE);
            assertThat(read(blob, 0, GRANULE)).isEqualTo(source.slice(0, GRANULE));
            assertThat(source.reads).hasValue(1);
            assertThat(store.stats().hits()).isEqualTo(1);
            assertThat(store.stats().misses()).isEqualTo(1);
            assertThat(store.stats().bytesFetched()).isEqualTo(GRANULE);
        }
    }

    @Test
    void whatIsCachedIsLocal() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThat(blob.isLocal(0, GRANULE)).isFalse();
            read(blob, 0, 2 * GRANULE);
            awaitCached(store, 2 * GRANULE);

            assertThat(blob.isLocal(100, 2 * GRANULE - 100)).isTrue();
            assertThat(blob.isLocal(0, blob.size())).isFalse();
            assertThat(blob.isLocal(-1, 10)).isFalse();
            assertThat(blob.isLocal(blob.size(), 1)).isFalse();
        }
    }

    @Test
    void aReadOverCachedAndMissingGranulesFetchesRunsOfMissingOnes() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            read(blob, 5 * GRANULE, 1);
            awaitCached(store, GRANULE);
            assertThat(read(blob, 3 * GRANULE - 1, 5 * GRANULE)).isEqualTo(source.slice(3 * GRANULE - 1, 5 * GRANULE));
            // 5, then 2 to 4, then 6 and 7.
            assertThat(source.reads).hasValue(3);
            assertThat(source.bytes).hasValue(6 * GRANULE);
        }
    }

    @Test
    void whatAReaderThatGoesStraightOnWantsNextIsFetchedAhead() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            showThatItIsNear(blob);
            awaitCached(store, source.bytes.get());
            long before = source.bytes.get();
            for (int granule = 0; granule < 16; granule++) {
                assertThat(read(blob, granule * GRANULE, GRANULE)).isEqualTo(source.slice(granule * GRANULE, GRANULE));
            }
            awaitCached(store, before + 24 * GRANULE);
            assertThat(source.bytes.get() - before).isLessThanOrEqualTo(32 * GRANULE);
            int reads = source.reads.get();
            assertThat(read(blob, 16 * GRANULE, 8 * GRANULE)).isEqualTo(source.slice(16 * GRANULE, 8 * GRANULE));
            assertThat(source.reads.get() - reads).isLessThan(8);
        }
    }

    @Test
    void severalReadersThatGoStraightOnAreServedAhead() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            for (int granule = 0; granule < 16; granule++) {
                for (int start : List.of(0, 60)) {
                    read(blob, (start + granule) * GRANULE, GRANULE);
                }
            }
            awaitCached(store, 48 * GRANULE);
        }
    }

    @Test
    void aReaderThatGoesStraightOnIsNotLedPastTheEnd() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            read(blob, 98 * GRANULE, 1);
            read(blob, 99 * GRANULE, GRANULE + 100);
            assertThat(source.bytes.get()).isLessThanOrEqualTo(3 * GRANULE + 100);
        }
    }

    @Test
    void aReaderThatJumpsGetsNoMoreThanItAsksFor() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            showThatItIsNear(blob);
            long before = source.bytes.get();
            for (int granule = 40; granule > 0; granule -= 2) {
                read(blob, granule * GRANULE, 1);
            }
            assertThat(source.bytes.get() - before).isLessThanOrEqualTo(20 * GRANULE);
        }
    }

    /** On a busy machine a few fetches may all take as long as from a source that is far away: here are a few more. */
    private static void showThatItIsNear(CachedBlob blob) throws IOException {
        for (int granule = 99; granule > 60; granule -= 2) {
            read(blob, granule * GRANULE, 1);
        }
    }

    @Test
    void whatLiesAroundAJumpIsFetchedAlongWhereRequestsTakeLong() throws IOException {
        source.beforeRead = () -> LockSupport.parkNanos(45_000_000);
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            for (int granule : List.of(90, 70, 50, 30)) {
                assertThat(read(blob, granule * GRANULE, 10)).isEqualTo(source.slice(granule * GRANULE, 10));
            }
            awaitCached(store, source.content.length);
        }
    }

    @Test
    void whatWillBeNeededIsFetchedBeforeItIsRead() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThat(blob.willNeed(10 * GRANULE, 2 * GRANULE)).isTrue();
            assertThat(blob.willNeed(100 * GRANULE, 100)).isTrue();
            assertThat(blob.willNeed(100 * GRANULE, 101)).isFalse();
            assertThat(blob.willNeed(-1, 10)).isFalse();
            awaitCached(store, 2 * GRANULE + 100);
            assertThat(read(blob, 11 * GRANULE, GRANULE)).isEqualTo(source.slice(11 * GRANULE, GRANULE));
            assertThat(source.bytes).hasValue(2 * GRANULE + 100);
        }
    }

    /** Two blobs that drive each other out of the cache, all the time. */
    @Test
    void aCacheThatIsTooSmallFetchesNothingTwiceForOneRead() throws Exception {
        FakeSource other = new FakeSource(source.content.length, 2, "other");
        int reads = 300;
        int granules = 8;
        try (BlobStore store = new BlobStore(config(12 * GRANULE), FillCheck.NONE);
                CachedBlob first = open(store, source);
                CachedBlob second = open(store, other);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> readers = new ArrayList<>();
            for (CachedBlob blob : List.of(first, second)) {
                FakeSource content = blob == first ? source : other;
                Random random = new Random(content.content.length);
                readers.add(threads.submit(() -> {
                    for (int n = 0; n < reads; n++) {
                        int offset = random.nextInt(45) * 2 * GRANULE;
                        assertThat(read(blob, offset, granules * GRANULE))
                                .isEqualTo(content.slice(offset, granules * GRANULE));
                    }
                    return null;
                }));
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
            assertThat(store.stats().evictions()).isPositive();
            assertThat(store.stats().bytesCached()).isLessThanOrEqualTo(12 * GRANULE);
            // What is read ahead, where a read happens to go on at the end of another, is not more than that.
            assertThat(store.stats().bytesFetched()).isLessThanOrEqualTo(2L * 2 * reads * granules * GRANULE);
        }
    }

    @Test
    void readersGetTheirBytesWhereNothingCanBeCached() throws Exception {
        try (BlobStore store = new BlobStore(config(0), FillCheck.NONE);
                CachedBlob blob = open(store, source);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Random random = new Random(i);
                readers.add(threads.submit(() -> {
                    for (int n = 0; n < 500; n++) {
                        int offset = random.nextInt(90 * GRANULE);
                        int length = random.nextInt(1, 8 * GRANULE);
                        assertThat(read(blob, offset, length)).isEqualTo(source.slice(offset, length));
                    }
                    return null;
                }));
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
            assertThat(store.stats().bytesCached()).isZero();
        }
    }

    @Test
    void theShortLastGranuleIsReadAndCached() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThat(read(blob, 100 * GRANULE + 90, 10)).isEqualTo(source.slice(100 * GRANULE + 90, 10));
            awaitCached(store, 100);
            assertThat(read(blob, 100 * GRANULE, 100)).isEqualTo(source.slice(100 * GRANULE, 100));
            assertThat(source.reads).hasValue(1);
        }
    }

    @Test
    void aReadPastTheEndNamesTheBlobAndTheOffset() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThatThrownBy(() -> read(blob, 100 * GRANULE, 101))
                    .isInstanceOf(TruncatedBlobException.class)
                    .hasMessageContaining(source.name() + ": at byte 409600");
            assertThatThrownBy(() -> blob.read(Long.MAX_VALUE, ByteBuffer.allocate(1)))
                    .isInstanceOf(TruncatedBlobException.class);
        }
    }

    @Test
    void manyReadersOfAGranuleCauseOneFetch() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        source.beforeRead = () -> await(gate);
        try (BlobStore store = store();
                CachedBlob blob = open(store, source);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ByteBuffer>> reads = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                reads.add(threads.submit(() -> read(blob, 0, GRANULE)));
            }
            while (store.stats().misses() < 50) {
                Thread.onSpinWait();
            }
            gate.countDown();
            for (Future<ByteBuffer> read : reads) {
                assertThat(read.get()).isEqualTo(source.slice(0, GRANULE));
            }
            assertThat(source.reads).hasValue(1);
        }
    }

    @Test
    void theContentSurvivesARestartWithoutTheSource() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            read(blob, 0, 80 * GRANULE);
            awaitCached(store, 80 * GRANULE);
        }
        FakeSource gone = new FakeSource(source.content.length, 1);
        gone.beforeRead = () -> {
            throw new IOException("must not be asked");
        };
        try (BlobStore store = store();
                CachedBlob blob = store.open(source.digest(), BlobStore.UNKNOWN_SIZE, gone)) {
            assertThat(blob.size()).isEqualTo(source.content.length);
            assertThat(read(blob, 0, 80 * GRANULE)).isEqualTo(source.slice(0, 80 * GRANULE));
        }
    }

    @Test
    void aSecondStoreOnTheSameDirectoryIsRefused() throws IOException {
        try (BlobStore store = store()) {
            assertThat(store.stats().bytesCached()).isZero();
            assertThatThrownBy(this::store).hasMessageContaining(directory + " is in use by another process");
        }
    }

    @Test
    void aReadEndsAtItsDeadlineAndWorksWhenTheSourceIsBack() throws IOException {
        IOException down = Unreachable.exception();
        source.beforeRead = () -> {
            throw down;
        };
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            blob.setReadTimeout(Duration.ofMillis(300));
            long start = System.nanoTime();
            assertThatThrownBy(() -> read(blob, 0, 1))
                    .isInstanceOf(BlobUnavailableException.class)
                    .hasMessageContaining("could not be fetched within 0.3 s; the last attempt: ")
                    .hasMessageContaining("cannot connect");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
            assertThat(source.reads.get()).isGreaterThan(1);

            source.beforeRead = null;
            assertThat(read(blob, 0, 1)).isEqualTo(source.slice(0, 1));
        }
    }

    @Test
    void aReadRidesOverAShortOutage() throws IOException {
        IOException down = Unreachable.exception();
        source.beforeRead = () -> {
            if (source.reads.get() < 3) {
                throw down;
            }
        };
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThat(read(blob, 0, 1)).isEqualTo(source.slice(0, 1));
            assertThat(store.stats().failures()).isEqualTo(2);
        }
    }

    @Test
    void aSourceThatNeverAnswersDoesNotHoldTheReader() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        source.beforeRead = () -> await(never);
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            blob.setReadTimeout(Duration.ofMillis(100));
            assertThatThrownBy(() -> read(blob, 0, 1))
                    .isInstanceOf(BlobUnavailableException.class)
                    .hasMessageContaining("there was no answer");
        } finally {
            never.countDown();
        }
    }

    @Test
    void aFetchThatOutlivesTheStoreWritesNothing() throws IOException {
        Path blob = directory.resolve("blob");
        GranuleCache cache = new GranuleCache(config(), Evictions.UNNOTICED);
        cache.close();
        new Permission(cache, new Entry(blob, source.digest(), source.content.length, GRANULE), source).give();
        assertThat(blob).doesNotExist();
    }

    @Test
    void aFailureThatWillNotPassIsReportedAtOnce() throws IOException {
        source.beforeRead = () -> {
            throw new IOException("no such blob");
        };
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThatThrownBy(() -> read(blob, 0, 1)).hasMessage("no such blob");
            assertThat(source.reads).hasValue(1);
        }
    }

    @Test
    void aBlobIsFetchedFromTheSourceOfItsReaderNotOfTheFirstOne() throws IOException {
        FakeSource dead = new FakeSource(source.content.length, 1);
        dead.beforeRead = () -> {
            throw new IOException("dead");
        };
        try (BlobStore store = store();
                CachedBlob first = open(store, dead);
                CachedBlob second = open(store, source)) {
            assertThatThrownBy(() -> read(first, 0, 1)).hasMessage("dead");
            assertThat(read(second, 0, 1)).isEqualTo(source.slice(0, 1));
            awaitCached(store, GRANULE);
            assertThat(read(first, 0, 1)).isEqualTo(source.slice(0, 1));
        }
    }

    @Test
    void aCachedBlobIsForThoseOnlyWhoseOwnSourceGivesItOut() throws IOException {
        FakeSource other = new FakeSource(source.content.length, 1, "other");
        IOException refused = new IOException("401");
        other.beforeRead = () -> {
            throw refused;
        };
        try (BlobStore store = store();
                CachedBlob first = open(store, source);
                CachedBlob second = open(store, other)) {
            read(first, 0, 4 * GRANULE);
            awaitCached(store, 4 * GRANULE);

            assertThatThrownBy(() -> read(second, 0, 1)).isSameAs(refused);
            assertThatThrownBy(() -> read(second, GRANULE, 2 * GRANULE)).isSameAs(refused);

            other.beforeRead = null;
            assertThat(read(second, 0, 1)).isEqualTo(source.slice(0, 1));
            assertThat(read(second, GRANULE, 3 * GRANULE)).isEqualTo(source.slice(GRANULE, 3 * GRANULE));
        }
        other.beforeRead = () -> {
            throw refused;
        };
        try (BlobStore store = store();
                CachedBlob again = open(store, other)) {
            assertThat(read(again, 0, 1)).isEqualTo(source.slice(0, 1));
        }
    }

    @Test
    void aSourceThatGivesABlobOutIsAskedForOneByteOnly() throws IOException {
        FakeSource other = new FakeSource(source.content.length, 1, "other");
        try (BlobStore store = store();
                CachedBlob first = open(store, source);
                CachedBlob second = open(store, other)) {
            read(first, 0, GRANULE);
            awaitCached(store, GRANULE);
            assertThat(read(second, 0, GRANULE)).isEqualTo(source.slice(0, GRANULE));
            assertThat(read(second, 1, 10)).isEqualTo(source.slice(1, 10));
            assertThat(other.bytes).hasValue(1);
        }
    }

    @Test
    void aReaderDoesNotWaitForASilentSourceThatIsNotItsOwn() throws Exception {
        FakeSource silent = new FakeSource(source.content.length, 1, "silent");
        CountDownLatch never = new CountDownLatch(1);
        silent.beforeRead = () -> await(never);
        try (BlobStore store = store();
                CachedBlob first = open(store, silent);
                CachedBlob second = open(store, source);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ByteBuffer> waiting = threads.submit(() -> read(first, 0, 1));
            while (silent.reads.get() == 0) {
                Thread.onSpinWait();
            }
            assertThat(read(second, 0, 1)).isEqualTo(source.slice(0, 1));
            never.countDown();
            assertThat(waiting.get()).isEqualTo(source.slice(0, 1));
        }
    }

    @Test
    void whatIsReadOnceIsNotKept() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source);
                BlobReader once = store.openOnce(source.digest(), source.content.length, source, BlobEvents.NONE)) {
            read(blob, 3 * GRANULE, 2 * GRANULE);
            awaitCached(store, 2 * GRANULE);
            ByteBuffer dst = ByteBuffer.allocate(20 * GRANULE);
            once.read(10, dst);
            assertThat(dst.flip()).isEqualTo(source.slice(10, 20 * GRANULE));
            assertThat(store.stats().bytesCached()).isEqualTo(2 * GRANULE);
            assertThat(source.bytes).hasValue(20 * GRANULE);
        }
    }

    @Test
    void theCacheIsListedCheckedAndEmptied() throws IOException {
        FakeSource idle = new FakeSource(3 * GRANULE + 5, 9);
        String digest = source.digest().toString();
        String idleDigest = idle.digest().toString();
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            read(blob, 0, 2 * GRANULE);
            try (CachedBlob whole = open(store, idle)) {
                read(whole, 0, 3 * GRANULE + 5);
            }
            awaitCached(store, 5 * GRANULE + 5);
            assertThat(store.list())
                    .containsExactlyInAnyOrder(
                            new CachedPart(digest, source.content.length, 2 * GRANULE, 1),
                            new CachedPart(idleDigest, 3 * GRANULE + 5, 3 * GRANULE + 5, 0));
            assertThat(store.verify())
                    .containsExactlyInAnyOrder(
                            new CheckedPart(digest, 2 * GRANULE, CheckedPart.INCOMPLETE),
                            new CheckedPart(idleDigest, 3 * GRANULE + 5, CheckedPart.INTACT));

            byte[] file = Files.readAllBytes(segment(idle.digest(), 0));
            file[file.length - 1] ^= 1;
            Files.write(segment(idle.digest(), 0), file);
            assertThat(store.verify()).contains(new CheckedPart(idleDigest, 3 * GRANULE + 5, CheckedPart.DAMAGED));
            try (CachedBlob whole = open(store, idle)) {
                assertThat(read(whole, 3 * GRANULE, 5)).isEqualTo(idle.slice(3 * GRANULE, 5));
                awaitCached(store, 2 * GRANULE + 5);
            }

            assertThat(store.collect()).isEqualTo(5);
            assertThat(store.list()).hasSize(1);
            assertThat(directory.resolve("blocks/sha256").resolve(idle.digest().hex()))
                    .doesNotExist();
            assertThat(read(blob, 0, GRANULE)).isEqualTo(source.slice(0, GRANULE));
            assertThat(store.stats().bytesCached()).isEqualTo(2 * GRANULE);
        }
    }

    @Test
    void aFileThatSomebodyRemovedFromTheCacheIsFetchedAgainNotReadAsZeros() throws IOException {
        try (BlobStore store = store()) {
            try (CachedBlob blob = open(store, source)) {
                read(blob, 0, 4 * GRANULE);
                awaitCached(store, 4 * GRANULE);
            }
            removeFiles(source.digest());
            try (CachedBlob blob = open(store, source)) {
                read(blob, 40 * GRANULE, 1);
                long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                do { // what is kept while the file is found to be gone goes with it
                    assertThat(System.nanoTime()).isLessThan(end);
                    assertThat(read(blob, 0, GRANULE)).isEqualTo(source.slice(0, GRANULE));
                } while (store.stats().bytesCached() < GRANULE);
                removeFiles(source.digest());
            }
            assertThat(store.stats().bytesCached()).isZero();
        }
    }

    private void removeFiles(Digest digest) throws IOException {
        try (Stream<Path> files = Files.list(
                directory.resolve("blocks").resolve(digest.algorithm()).resolve(digest.hex()))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aFetchThatOutlivesItsEntryLeavesNothingInTheCache() {
        Path blob = directory.resolve("blob");
        GranuleCache cache = new GranuleCache(config(), Evictions.UNNOTICED);
        Entry entry = new Entry(blob, source.digest(), source.content.length, GRANULE);
        cache.keep(entry, new Flight(source, BlobEvents.NONE, 0), source.slice(0, GRANULE));
        assertThat(blob.resolve("0")).exists();
        cache.retire(entry);
        cache.keep(entry, new Flight(source, BlobEvents.NONE, 1), source.slice(GRANULE, GRANULE));
        assertThat(blob.resolve("0")).doesNotExist();
        assertThat(cache.cached()).isZero();
    }

    @Test
    void aRepositoryThatIsAwayForAMomentFailsNoReadOfWhatIsCached() throws IOException {
        FakeSource other = new FakeSource(source.content.length, 1, "other");
        IOException down = Unreachable.exception();
        other.beforeRead = () -> {
            if (other.reads.get() < 3) {
                throw down;
            }
        };
        try (BlobStore store = store();
                CachedBlob first = open(store, source);
                CachedBlob second = open(store, other)) {
            read(first, 0, 1);
            awaitCached(store, GRANULE);
            assertThat(read(second, 0, 1)).isEqualTo(source.slice(0, 1));
            assertThat(other.reads).hasValue(3);
        }
    }

    @Test
    void whatIsInTheWayInTheCacheHoldsNothingUp() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            read(blob, 0, 1);
            awaitCached(store, GRANULE);
        }
        Path blobs = directory.resolve("blocks/sha256");
        Files.writeString(blobs.resolve("a".repeat(64)), "no directory");
        Files.createDirectories(blobs.resolve("b".repeat(64)).resolve("0/full"));
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThat(read(blob, 0, 1)).isEqualTo(source.slice(0, 1));
            assertThat(store.stats().hits()).isEqualTo(1);
        }
    }

    @Test
    void withoutAUsableDirectoryAllIsFetched() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        BlobStoreConfig config = new BlobStoreConfig(
                file, 1 << 20, GRANULE, Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofMillis(200));
        try (BlobStore store = new BlobStore(config, FillCheck.NONE);
                CachedBlob blob = open(store, source)) {
            assertThat(read(blob, 5, 100)).isEqualTo(source.slice(5, 100));
            assertThat(read(blob, 5, 100)).isEqualTo(source.slice(5, 100));
            assertThat(store.stats().bytesCached()).isZero();
        }
    }

    @Test
    void discardedGranulesAreFetchedAgain() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            read(blob, 0, 4 * GRANULE);
            awaitCached(store, 4 * GRANULE);
            assertThat(blob.discard(GRANULE + 5, GRANULE)).isTrue();
            assertThat(store.stats().bytesCached()).isEqualTo(2 * GRANULE);
            assertThat(blob.discard(10 * GRANULE, GRANULE)).isFalse();
            assertThat(read(blob, 0, 4 * GRANULE)).isEqualTo(source.slice(0, 4 * GRANULE));
            assertThat(source.bytes).hasValue(6 * GRANULE);
        }
    }

    @Test
    void whoGaveDamagedBytesIsToldSo() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            read(blob, 0, 1);
            blob.discard(0, GRANULE);
            assertThat(source.distrusted).hasValue(1);
        }
    }

    @Test
    void bytesThatFailTheCheckReachNobody() throws IOException {
        FillCheck check = (digest, offset, bytes) -> {
            if (offset == 0) {
                throw new CorruptBlobException(digest.toString(), offset, "wrong");
            }
        };
        try (BlobStore store = new BlobStore(config(), check);
                CachedBlob blob = open(store, source)) {
            assertThatThrownBy(() -> read(blob, 0, 1)).isInstanceOf(CorruptBlobException.class);
            assertThat(read(blob, GRANULE, 1)).isEqualTo(source.slice(GRANULE, 1));
            awaitCached(store, GRANULE);
        }
    }

    @Test
    void theSizeLimitHoldsAndTheOldestGoesFirst() throws IOException {
        BlobStoreConfig small = config(40 * GRANULE);
        List<FakeSource> sources = Stream.iterate(2, i -> i + 1)
                .limit(10)
                .map(i -> new FakeSource(10 * GRANULE, i))
                .toList();
        try (BlobStore store = new BlobStore(small, FillCheck.NONE)) {
            for (FakeSource one : sources) {
                try (CachedBlob blob = open(store, one)) {
                    assertThat(read(blob, 0, 10 * GRANULE)).isEqualTo(one.slice(0, 10 * GRANULE));
                    awaitCached(store, one, 10 * GRANULE);
                }
                assertThat(store.stats().bytesCached()).isLessThanOrEqualTo(40 * GRANULE);
            }
            try (CachedBlob youngest = open(store, sources.getLast())) {
                read(youngest, 0, 10 * GRANULE);
                assertThat(sources.getLast().reads).hasValue(1);
            }
            try (CachedBlob oldest = open(store, sources.getFirst())) {
                read(oldest, 0, 1);
                assertThat(sources.getFirst().reads).hasValue(2);
            }
        }
    }

    @Test
    void aBlobLargerThanTheCacheIsReadThrough() throws IOException {
        BlobStoreConfig tiny = config(GRANULE / 2);
        try (BlobStore store = new BlobStore(tiny, FillCheck.NONE);
                CachedBlob blob = open(store, source)) {
            assertThat(read(blob, 0, 100 * GRANULE)).isEqualTo(source.slice(0, 100 * GRANULE));
            assertThat(store.stats().bytesCached()).isZero();
        }
    }

    @Test
    void aCacheThatCannotBeWrittenIsReadWithout() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            Path inTheWay = Files.createDirectories(directory.resolve("blocks/sha256"))
                    .resolve(source.digest().hex());
            Files.writeString(inTheWay, "");
            assertThat(read(blob, 0, 10)).isEqualTo(source.slice(0, 10));
            assertThat(read(blob, 0, 10)).isEqualTo(source.slice(0, 10));
            assertThat(store.stats().bytesCached()).isZero();

            Files.delete(inTheWay);
            while (store.stats().bytesCached() == 0) {
                read(blob, 0, 10);
            }
        }
    }

    @Test
    void aDamagedCacheFileIsFetchedAgain() throws IOException {
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            read(blob, 0, 2 * GRANULE);
            awaitCached(store, 2 * GRANULE);
        }
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            Files.write(segment(source.digest(), 0), new byte[100]);
            assertThat(read(blob, 0, GRANULE)).isEqualTo(source.slice(0, GRANULE));
        }
        Files.write(segment(source.digest(), 0), new byte[8192]);
        try (BlobStore store = store();
                CachedBlob blob = open(store, source)) {
            assertThat(read(blob, 0, GRANULE)).isEqualTo(source.slice(0, GRANULE));
        }
    }

    @Test
    void aSizeThatNoBlobHasIsRefused() throws IOException {
        try (BlobStore store = store()) {
            assertThatThrownBy(() -> store.open(source.digest(), Long.MAX_VALUE, source))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is said to have 9223372036854775807 bytes");
        }
    }

    private Path segment(Digest digest, int index) {
        return directory.resolve("blocks/sha256").resolve(digest.hex()).resolve(Integer.toString(index));
    }

    /** Granules are kept after their readers have gone on. */
    private static void awaitCached(BlobStore store, long bytes) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (store.stats().bytesCached() < bytes) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static void awaitCached(BlobStore store, FakeSource source, long bytes) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (cached(store, source) < bytes) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static long cached(BlobStore store, FakeSource source) {
        return store.list().stream()
                .filter(part -> part.digest().equals(source.digest().toString()))
                .mapToLong(CachedPart::cached)
                .sum();
    }

    private static void await(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
