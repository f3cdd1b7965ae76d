package io.obd.tcmu.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.block.BlobReader;
import io.obd.image.DeviceStatus.ToLocal;
import io.obd.image.DownloadConfig;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.RemoteBlobs;
import io.obd.registry.Digest;
import io.obd.tcmu.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ImageDownloadTest {
    private static final int BLOCK = 4096;
    private static final String URL = "https://host/v2/app/blobs";

    @TempDir
    Path dir;

    private final byte[] content = new byte[100 * BLOCK + 77];
    private final AtomicLong fetched = new AtomicLong();
    private volatile long failAfter = Long.MAX_VALUE;
    private volatile byte[] served = content;
    private final AtomicInteger opened = new AtomicInteger();
    private final RemoteBlobs remote = (_, _, _) -> {
        opened.incrementAndGet();
        return new Remote();
    };

    ImageDownloadTest() {
        new Random(3).nextBytes(content);
    }

    private static DownloadConfig config(int maxMBps, int tries) {
        return new DownloadConfig(true, Duration.ZERO, Duration.ZERO, maxMBps, tries, BLOCK);
    }

    private BlobReader start(DownloadConfig config) throws IOException {
        return start(new ImageDownloads(config), false);
    }

    private BlobReader start(ImageDownloads downloads, boolean recording) throws IOException {
        Lower lower = Lower.remote(Digest.sha256(content).toString(), content.length, dir.toString());
        ImageDownload download = downloads.of(new ImageConfig(URL, List.of(lower), ""), recording, remote);
        BlobReader blob = download.through(0, remote.open(URL, Digest.sha256(content), content.length), file -> file);
        download.start();
        return new Closing(blob, download);
    }

    @Test
    void howFarItIsCanBeAsked() throws Exception {
        Lower lower = Lower.remote(Digest.sha256(content).toString(), content.length, dir.toString());
        ImageDownload download =
                new ImageDownloads(config(100, 1)).of(new ImageConfig(URL, List.of(lower), ""), false, remote);
        assertThat(download.progress(true)).isEqualTo(ToLocal.REMOTE);
        try (BlobReader blob =
                download.through(0, remote.open(URL, Digest.sha256(content), content.length), file -> file)) {
            assertThat(download.progress(true).state()).isEqualTo("waiting");
            assertThat(download.progress(false)).isEqualTo(ToLocal.LOCAL);
            download.start();

            Await.that("all is local", () -> download.progress(true).equals(ToLocal.LOCAL));
            assertThat(complete()).exists();
            assertThat(blob.size()).isEqualTo(content.length);
        }
    }

    private Path complete() {
        return dir.resolve("overlaybd.commit");
    }

    private Path partial() {
        return dir.resolve(".download");
    }

    private void awaitComplete() throws Exception {
        Await.that("the layer is complete", () -> Files.exists(complete()));
    }

    private static ByteBuffer read(BlobReader blob, long offset, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(length);
        blob.read(offset, dst);
        return dst.flip();
    }

    @Test
    void aLayerIsFetchedVerifiedAndReadFromTheFileThen() throws Exception {
        try (BlobReader blob = start(config(100, 1))) {
            awaitComplete();
            assertThat(complete()).hasBinaryContent(content);
            assertThat(partial()).doesNotExist();
            failAfter = 0;
            Await.that("the file is read", () -> canBeRead(blob));
            assertThat(read(blob, 5, 5000)).isEqualTo(ByteBuffer.wrap(content, 5, 5000));
        }
    }

    private static boolean canBeRead(BlobReader blob) {
        try {
            read(blob, 5, 5000);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void aDownloadThatWasCutOffGoesOnWhereItWas() throws Exception {
        failAfter = 40 * BLOCK;
        try (BlobReader blob = start(config(100, 1))) {
            Await.that(
                    "two batches are there",
                    () -> fetched.get() >= failAfter && Files.exists(partial()) && Files.size(partial()) >= 32 * BLOCK);
            assertThat(blob.size()).isEqualTo(content.length);
        }
        assertThat(complete()).doesNotExist();
        // What a crash may leave: a block that is not whole.
        Files.write(partial(), new byte[10], java.nio.file.StandardOpenOption.APPEND);

        failAfter = Long.MAX_VALUE;
        fetched.set(0);
        try (BlobReader blob = start(config(100, 1))) {
            awaitComplete();
            assertThat(blob.size()).isEqualTo(content.length);
        }
        assertThat(complete()).hasBinaryContent(content);
        assertThat(fetched).hasValue(content.length - 32 * BLOCK);
    }

    @Test
    void afterAFailureItIsTriedAgain() throws Exception {
        failAfter = 40 * BLOCK;
        try (BlobReader blob = start(config(100, 3))) {
            Await.that("it failed", () -> fetched.get() >= failAfter);
            failAfter = Long.MAX_VALUE;
            awaitComplete();
            assertThat(blob.name()).isEqualTo("remote");
        }
    }

    @Test
    void spaceIsWaitedForHoweverOftenItIsMissing() throws Exception {
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir.toString()), "mounting needs root");
        try (BlobReader blob = start(new ImageDownloads(config(100, 1), Duration.ofMillis(10)), false)) {
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            int before = opened.get();
            while (opened.get() < before + 3) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(5);
            }
            assertThat(fetched).hasValue(0);
            assertThat(run("mount", "-o", "remount,size=1g", dir.toString())).isTrue();
            awaitComplete();
            assertThat(blob.size()).isEqualTo(content.length);
        } finally {
            run("umount", "-l", dir.toString());
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    @Test
    void bytesWithAnotherDigestAreNeverUsed() throws Exception {
        served = content.clone();
        served[50 * BLOCK] ^= 1;
        Lower lower = Lower.remote(Digest.sha256(content).toString(), content.length, dir.toString());
        RateLimit rate = new RateLimit(1e9);
        LayerDownload download = new LayerDownload(
                new Remote(), Digest.parse(lower.digest()), dir, config(100, 1), rate, _ -> true, _ -> {});

        assertThatThrownBy(download::run)
                .isInstanceOf(WrongDigestException.class)
                .hasMessageStartingWith("remote: the bytes have the digest sha256:");

        assertThat(complete()).doesNotExist();
        assertThat(partial()).doesNotExist();
        served = content;
        assertThat(download.complete()).isEqualTo(complete());
    }

    @Test
    void theRateIsLimited() {
        AtomicLong clock = new AtomicLong(-5);
        RateLimit rate = new RateLimit(1 << 20, clock::get);

        assertThat(rate.take(1 << 20)).isZero();
        clock.addAndGet(Duration.ofMillis(400).toNanos());
        assertThat(rate.take(2 << 20)).isEqualTo(Duration.ofMillis(600));
        clock.addAndGet(Duration.ofMillis(600).toNanos());
        assertThat(rate.take(1)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aTimeWithoutTransfersEarnsNothing() {
        AtomicLong clock = new AtomicLong();
        RateLimit rate = new RateLimit(1 << 20, clock::get);

        for (int pause = 0; pause < 3; pause++) {
            clock.addAndGet(Duration.ofMinutes(5).toNanos());
            assertThat(rate.take(1 << 20)).isZero();
            assertThat(rate.take(1 << 20)).isEqualTo(Duration.ofSeconds(1));
        }
    }

    @Test
    void thereIsNoDownloadBeforeItsDelayWhileATraceIsRecordedOrWhenSwitchedOff() throws Exception {
        DownloadConfig late = new DownloadConfig(true, Duration.ofHours(1), Duration.ofSeconds(1), 100, 1, BLOCK);
        try (BlobReader waiting = start(late);
                BlobReader recorded = start(new ImageDownloads(config(100, 1)), true);
                BlobReader off = start(DownloadConfig.DEFAULT)) {
            assertThat(read(waiting, 0, 1)).isEqualTo(ByteBuffer.wrap(content, 0, 1));
            assertThat(recorded).isNotNull();
            assertThat(off).isNotNull();
        }
        assertThat(fetched).hasValue(1);
        assertThat(partial()).doesNotExist();
    }

    @Test
    void twoImagesOfOneLayerFetchItOnce() throws Exception {
        ImageDownloads downloads = new ImageDownloads(config(100, 1));
        try (BlobReader first = start(downloads, false);
                BlobReader second = start(downloads, false)) {
            awaitComplete();
            assertThat(first.size()).isEqualTo(second.size());
        }
        assertThat(fetched).hasValue(content.length);
    }

    @Test
    void damageOnTheDiskIsReadFromTheRegistryAgain() throws Exception {
        try (BlobReader blob = start(config(100, 1))) {
            awaitComplete();
            Await.that("the file is read", () -> blob.discard(0, 10));
            fetched.set(0);
            assertThat(read(blob, 0, 10)).isEqualTo(ByteBuffer.wrap(content, 0, 10));
            assertThat(fetched).hasValue(10);
        }
    }

    private final class Remote implements BlobReader {
        @Override
        public long size() {
            return content.length;
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            if (fetched.addAndGet(dst.remaining()) > failAfter) {
                throw new IOException("the registry is gone");
            }
            dst.put(served, (int) offset, dst.remaining());
        }

        @Override
        public String name() {
            return "remote";
        }

        @Override
        public void close() {
            // Nothing to close.
        }
    }

    private record Closing(BlobReader blob, ImageDownload download) implements BlobReader {
        @Override
        public long size() {
            return blob.size();
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            blob.read(offset, dst);
        }

        @Override
        public boolean discard(long offset, long length) throws IOException {
            return blob.discard(offset, length);
        }

        @Override
        public String name() {
            return blob.name();
        }

        @Override
        public void close() throws IOException {
            try (blob) {
                download.close();
            }
        }
    }
}
