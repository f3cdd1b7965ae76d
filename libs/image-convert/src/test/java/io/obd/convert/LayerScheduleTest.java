package io.obd.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Manifest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LayerScheduleTest {
    @TempDir
    Path dir;

    private final Cancellation cancellation = new Cancellation();
    private final List<ConversionEvent> events = new CopyOnWriteArrayList<>();

    @Test
    void everyLayerIsBuiltInOrderAndPushed() throws IOException {
        Fake fake = new Fake(10);

        List<ConvertedLayer> results = run(fake);

        assertThat(fake.built).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(fake.pushed.keySet())
                .containsExactlyInAnyOrderElementsOf(results.stream()
                        .map(result -> result.descriptor().digest())
                        .toList());
        assertThat(results)
                .extracting(ConvertedLayer::diffId)
                .containsExactlyElementsOf(
                        fake.layers.stream().map(SourceLayer::diffId).toList());
        assertThat(events.stream().filter(ConversionEvent.Uploaded.class::isInstance))
                .hasSize(10);
        assertThat(consumed())
                .isEqualTo(fake.layers.stream()
                        .mapToLong(layer -> layer.blob().size())
                        .sum());
    }

    @Test
    void nothingIsLeftOfTheDownloads() throws IOException {
        run(new Fake(5));

        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files.filter(file -> file.toString().endsWith(".download")))
                    .isEmpty();
        }
    }

    @Test
    void aLayerIsBuiltWhileItsDownloadIsStillOnItsWay() throws IOException {
        CountDownLatch seen = new CountDownLatch(1);
        Fake fake = new Fake(1) {
            @Override
            public InputStream open(Descriptor blob) {
                byte[] bytes = blob(blob.digest());
                int half = bytes.length / 2;
                return new SequenceInputStream(
                        new ByteArrayInputStream(bytes, 0, half),
                        new FilterInputStream(new ByteArrayInputStream(bytes, half, bytes.length - half)) {
                            @Override
                            public int read(byte[] dst, int offset, int length) throws IOException {
                                await(seen);
                                return super.read(dst, offset, length);
                            }
                        });
            }

            @Override
            public void build(SourceLayer layer, InputStream tar) throws IOException {
                assertThat(tar.read()).isNotNegative();
                seen.countDown();
                super.build(layer, tar);
            }
        };
        fake.compressed = false;
        fake.prepare(8 << 20);

        run(fake);

        assertThat(fake.built).containsExactly(0);
    }

    @Test
    void layersThatAreNotBuiltOnEachOtherAreBuiltSideBySide() throws IOException {
        CountDownLatch begun = new CountDownLatch(2);
        Fake fake = new Fake(2) {
            @Override
            public boolean buildsOnLayersBelow() {
                return false;
            }

            @Override
            public void build(SourceLayer layer, InputStream tar) throws IOException {
                begun.countDown();
                await(begun);
                super.build(layer, tar);
            }
        };

        List<ConvertedLayer> results = run(fake);

        assertThat(fake.built).containsExactlyInAnyOrder(0, 1);
        assertThat(results)
                .extracting(ConvertedLayer::diffId)
                .containsExactlyElementsOf(
                        fake.layers.stream().map(SourceLayer::diffId).toList());
    }

    @Test
    void whatNeedsAllLayersBuiltBeginsWhileTheyAreUploaded() throws IOException {
        CountDownLatch begun = new CountDownLatch(1);
        Fake fake = new Fake(2) {
            @Override
            public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
                await(begun);
                return super.put(layer, sent);
            }
        };

        new LayerSchedule(fake, fake, fake, ImageOptions.of(MediaTypeFamily.OCI, dir), events::add, cancellation)
                .run(fake.layers, () -> {
                    assertThat(fake.built).containsExactly(0, 1);
                    begun.countDown();
                });

        assertThat(fake.pushed).hasSize(2);
    }

    @Test
    void theNextLayerIsDecompressedWhileTheOneBelowIsBuilt() throws IOException {
        CountDownLatch begun = new CountDownLatch(1);
        Fake fake = new Fake(2) {
            @Override
            public InputStream uncompress(SourceLayer layer, InputStream blob) throws IOException {
                if (layer.index() == 1) {
                    begun.countDown();
                }
                return super.uncompress(layer, blob);
            }

            @Override
            public void build(SourceLayer layer, InputStream tar) throws IOException {
                await(begun);
                super.build(layer, tar);
            }
        };

        run(fake);

        assertThat(fake.built).containsExactly(0, 1);
    }

    @Test
    void theFirstErrorIsReportedWithLayerAndStage() {
        Fake fake = new Fake(3) {
            @Override
            public void build(SourceLayer layer, InputStream tar) throws IOException {
                if (layer.index() == 1) {
                    throw new IOException("no space left");
                }
                super.build(layer, tar);
            }
        };

        assertThatThrownBy(() -> run(fake))
                .isInstanceOf(ConversionException.class)
                .hasMessage("layer 1 (" + fake.layers.get(1).blob().digest() + "): build: no space left");
        assertThat(fake.built).containsExactly(0);
    }

    @Test
    void aLayerWhoseTarIsNotWhatTheConfigSaysIsNotPushed() {
        Fake fake = new Fake(1);
        SourceLayer layer = fake.layers.getFirst();
        Digest other = Digest.sha256(new byte[0]);
        fake.layers.set(0, new SourceLayer(0, layer.blob(), other, other, null));

        assertThatThrownBy(() -> run(fake))
                .hasMessageContaining("the uncompressed layer has digest " + layer.diffId()
                        + ", but the image's config says " + other);
        assertThat(fake.pushed).isEmpty();
    }

    @Test
    void aDamagedBlobIsReportedAsSuchWhoeverFindsItFirst() {
        for (int i = 0; i < 20; i++) {
            Fake fake = new Fake(1);
            byte[] blob = fake.blobs.values().iterator().next();
            blob[blob.length / 2] ^= 0x55;

            assertThatThrownBy(() -> new LayerSchedule(
                                    fake,
                                    fake,
                                    fake,
                                    ImageOptions.of(MediaTypeFamily.OCI, dir),
                                    events::add,
                                    new Cancellation())
                            .run(fake.layers, () -> {}))
                    .hasMessageContaining("download: digest mismatch");
        }
    }

    @Test
    void aDamagedBlobIsReportedAsSuchAlsoIfTheEngineStumblesOverItFirst() {
        Fake fake = new Fake(1) {
            @Override
            public void build(SourceLayer layer, InputStream tar) throws IOException {
                throw new IOException("bad header");
            }
        };
        assertThatThrownBy(() -> run(fake)).hasMessageContaining("build: bad header");

        fake.blobs.values().iterator().next()[100] ^= 1;
        assertThatThrownBy(() -> new LayerSchedule(
                                fake,
                                fake,
                                fake,
                                ImageOptions.of(MediaTypeFamily.OCI, dir),
                                events::add,
                                new Cancellation())
                        .run(fake.layers, () -> {}))
                .hasMessageContaining("download: digest mismatch");
    }

    @Test
    void aCancelledConversionEndsWithoutWaitingForTheNetwork() throws IOException {
        CountDownLatch aborted = new CountDownLatch(1);
        cancellation.closeOnCancel(aborted::countDown);
        Fake fake = new Fake(3) {
            @Override
            public InputStream open(Descriptor blob) throws IOException {
                cancellation.cancel(new CancellationException("enough"));
                LayerScheduleTest.await(aborted);
                throw new IOException("aborted");
            }
        };

        assertThatThrownBy(() -> run(fake))
                .isInstanceOf(CancellationException.class)
                .hasMessage("enough");
    }

    @Test
    void whateverFailsWhereverTheScheduleEnds() {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int victim = random.nextInt(25);
            int stage = random.nextInt(4);
            Fake fake = new Fake(25) {
                @Override
                public InputStream open(Descriptor blob) throws IOException {
                    fail(0, blob.equals(layers.get(victim).blob()));
                    return super.open(blob);
                }

                @Override
                public void build(SourceLayer layer, InputStream tar) throws IOException {
                    fail(1, layer.index() == victim);
                    super.build(layer, tar);
                }

                @Override
                public ConvertedLayer describe(SourceLayer layer) throws IOException {
                    fail(2, layer.index() == victim);
                    return super.describe(layer);
                }

                @Override
                public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
                    fail(3, layer.diffId().equals(layers.get(victim).diffId()));
                    return super.put(layer, sent);
                }

                private void fail(int where, boolean here) throws IOException {
                    if (where == stage && here) {
                        throw new IOException("stage " + stage);
                    }
                }
            };

            assertThatThrownBy(() -> new LayerSchedule(
                                    fake,
                                    fake,
                                    fake,
                                    ImageOptions.of(MediaTypeFamily.OCI, dir),
                                    events::add,
                                    new Cancellation())
                            .run(fake.layers, () -> {}))
                    .isInstanceOf(ConversionException.class)
                    .hasMessageStartingWith("layer " + victim + " ")
                    .hasMessageEndingWith("stage " + stage);
        }
    }

    private List<ConvertedLayer> run(Fake fake) throws IOException {
        return new LayerSchedule(fake, fake, fake, ImageOptions.of(MediaTypeFamily.OCI, dir), events::add, cancellation)
                .run(fake.layers, () -> {});
    }

    private long consumed() {
        return events.stream()
                .filter(ConversionEvent.Consumed.class::isInstance)
                .mapToLong(event -> ((ConversionEvent.Consumed) event).bytes())
                .sum();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(Duration.ofSeconds(60).toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("waited too long");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A registry in memory and an engine whose result is the tar itself. */
    private class Fake implements ConversionSource, ConversionTarget, ConversionEngine {
        final List<SourceLayer> layers = new ArrayList<>();
        final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
        final Map<Digest, Long> pushed = new ConcurrentHashMap<>();
        final List<Integer> built = new CopyOnWriteArrayList<>();
        private final int count;
        boolean compressed = true;

        Fake(int count) {
            this.count = count;
            prepare(10_000);
        }

        final byte[] blob(Digest digest) {
            return Objects.requireNonNull(blobs.get(digest));
        }

        final void prepare(int size) {
            layers.clear();
            List<Descriptor> descriptors = new ArrayList<>();
            List<Digest> diffIds = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                byte[] tar = new byte[size + i];
                new Random(i).nextBytes(tar);
                byte[] blob = compressed ? gzip(tar) : tar;
                descriptors.add(Descriptor.of("layer", blob));
                diffIds.add(Digest.sha256(tar));
                blobs.put(descriptors.getLast().digest(), blob);
            }
            try {
                layers.addAll(SourceLayer.of(descriptors, diffIds));
            } catch (ConversionException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public InputStream open(Descriptor blob) throws IOException {
            return new FilterInputStream(new ByteArrayInputStream(blob(blob.digest()))) {
                @Override
                public int read(byte[] dst, int offset, int length) throws IOException {
                    int n = super.read(dst, offset, length);
                    if (n < 0 && !Digest.sha256(blob(blob.digest())).equals(blob.digest())) {
                        throw new IOException("digest mismatch");
                    }
                    return n;
                }
            };
        }

        @Override
        public Descriptor resolve(String reference) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] document(Descriptor document) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Descriptor putConfig(String mediaType, byte[] json) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Descriptor putManifest(Manifest manifest) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void build(SourceLayer layer, InputStream tar) throws IOException {
            Files.copy(tar, dir.resolve(layer.chainId().hex()), StandardCopyOption.REPLACE_EXISTING);
            built.add(layer.index());
        }

        @Override
        public ConvertedLayer describe(SourceLayer layer) throws IOException {
            byte[] bytes = Files.readAllBytes(dir.resolve(layer.chainId().hex()));
            return new ConvertedLayer(
                    dir.resolve(layer.chainId().hex()), Descriptor.of("converted", bytes), Digest.sha256(bytes));
        }

        @Override
        public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
            sent.accept(layer.descriptor().size());
            pushed.put(layer.descriptor().digest(), Files.size(layer.file()));
            return false;
        }
    }

    private static byte[] gzip(byte[] bytes) {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                gzip.write(bytes);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
