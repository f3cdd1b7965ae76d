package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;

/** Whatever is done to the cache and wherever it is cut off, a read gives the bytes of the blob. */
class BlobStoreCrashTest {
    private static final int GRANULE = 4096;
    private static final int SIZE = 130 * GRANULE + 77;
    private static final int RECORDS_END = 1024 + 512;

    /** A step: what is done, and where in the blob. */
    record Step(Action action, int offset, int length) {}

    enum Action {
        READ,
        DISCARD,
        FLUSH,
        RESTART,
        CRASH,
        TEAR
    }

    @Property(tries = 40, shrinking = ShrinkingMode.BOUNDED)
    void readsAreRightAfterAnyHistory(@ForAll("histories") List<Step> history) throws IOException {
        Path parent = Files.createTempDirectory("cache");
        FakeSource source = new FakeSource(SIZE, 3);
        List<BlobStore> abandoned = new ArrayList<>();
        BlobStore store = open(parent.resolve("0"));
        try {
            CachedBlob blob = store.open(source.digest(), SIZE, source);
            int generation = 0;
            for (Step step : history) {
                switch (step.action()) {
                    case READ -> requireRight(blob, source, step.offset(), step.length());
                    case DISCARD -> blob.discard(step.offset(), step.length());
                    case FLUSH -> store.flush();
                    case RESTART -> {
                        store.close();
                        store = open(parent.resolve(Integer.toString(generation)));
                        blob = store.open(source.digest(), SIZE, source);
                    }
                    case CRASH, TEAR -> {
                        Path from = parent.resolve(Integer.toString(generation));
                        Path to = parent.resolve(Integer.toString(++generation));
                        copy(from, to);
                        if (step.action() == Action.TEAR) {
                            tearAPresenceRecord(to, step.offset());
                        }
                        abandoned.add(store);
                        store = open(to);
                        blob = store.open(source.digest(), SIZE, source);
                    }
                }
                assertThat(store.stats().bytesCached()).isBetween(0L, 100L * GRANULE);
            }
            requireRight(blob, source, 0, SIZE);
        } finally {
            abandoned.add(store);
            for (BlobStore one : abandoned) {
                one.close();
            }
            delete(parent);
        }
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Step> step = Combinators.combine(
                        Arbitraries.frequency(
                                Tuple.of(8, Action.READ),
                                Tuple.of(2, Action.DISCARD),
                                Tuple.of(2, Action.FLUSH),
                                Tuple.of(1, Action.RESTART),
                                Tuple.of(1, Action.CRASH),
                                Tuple.of(1, Action.TEAR)),
                        Arbitraries.integers().between(0, SIZE - 1),
                        Arbitraries.integers().between(1, 20 * GRANULE))
                .as((action, offset, length) -> new Step(action, offset, Math.min(length, SIZE - offset)));
        return step.list().ofMinSize(1).ofMaxSize(25);
    }

    private static BlobStore open(Path directory) throws IOException {
        return new BlobStore(
                new BlobStoreConfig(
                        directory,
                        100 * GRANULE,
                        GRANULE,
                        Duration.ofSeconds(5),
                        Duration.ofHours(1),
                        Duration.ofMillis(50)),
                FillCheck.NONE);
    }

    private static void requireRight(CachedBlob blob, FakeSource source, int offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        blob.read(offset, dst);
        assertThat(dst.flip()).isEqualTo(source.slice(offset, length));
    }

    /** What a power cut in the middle of writing one of the two records leaves. */
    private static void tearAPresenceRecord(Path directory, int seed) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            Random random = new Random(seed);
            for (Path file : files.filter(f -> f.getFileName().toString().matches("[0-9]"))
                    .filter(Files::isRegularFile)
                    .toList()) {
                byte[] content = Files.readAllBytes(file);
                if (content.length < RECORDS_END) {
                    continue; // cut off before any record was written
                }
                ByteBuffer torn = ByteBuffer.wrap(content);
                int at = random.nextBoolean() ? 512 : 1024;
                torn.putLong(at + (random.nextBoolean() ? 0 : 8), random.nextLong());
                Files.write(file, content);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
