package io.obd.tcmu.download;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.image.DeviceStatus.ToLocal;
import io.obd.image.DownloadConfig;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.RemoteBlobs;
import io.obd.registry.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Fetches the remote layers of an image that is open, one after another from the bottom, each into its directory.
 *
 * <p>A layer that cannot be had is left to be read from the registry, and the next one is tried. Room on the disk is waited
 * for.
 */
public final class ImageDownload implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(ImageDownload.class);
    private static final long MIB = 1 << 20;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    private final ImageConfig image;
    private final DownloadConfig config;
    private final RemoteBlobs remote;
    private final DirectoryLocks locks;
    private final Duration spacePause;
    private final Map<Integer, Target> layers = new ConcurrentSkipListMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final RateLimit rate;
    private volatile State state = State.WAITING;
    private volatile long started = System.nanoTime();
    private volatile long remainingAtStart;
    private volatile long positionInLayer;

    private enum State {
        WAITING,
        DOWNLOADING,
        ENDED
    }

    /** Makes what a file is read through, once there is one. */
    public interface FileView {
        /** A reader of the same bytes; closing it closes the file. */
        BlobReader of(BlobReader file);
    }

    private record Target(SwitchingBlob blob, FileView view) {}

    /** @param spacePause how long to wait for room on the disk before it is looked for again */
    ImageDownload(
            ImageConfig image, DownloadConfig config, RemoteBlobs remote, DirectoryLocks locks, Duration spacePause) {
        this.spacePause = spacePause;
        this.image = image;
        this.config = config;
        this.remote = remote;
        this.locks = locks;
        this.rate = new RateLimit((double) config.maxMBps() * MIB);
    }

    /**
     * What a remote layer is to be read through, so that it can be exchanged for a file.
     *
     * @param view what the file is read through then
     */
    public BlobReader through(int layer, BlobReader blob, FileView view) {
        Lower lower = image.lowers().get(layer);
        if (!config.enable() || lower.dir().isEmpty() || lower.isTurboOci()) {
            return blob;
        }
        SwitchingBlob switching = new SwitchingBlob(blob);
        layers.put(layer, new Target(switching, view));
        return switching;
    }

    /** Begins after the configured delay. Returns at once. */
    public void start() {
        if (!layers.isEmpty()) {
            Thread.ofVirtual().name("download").start(this::run);
        }
    }

    /**
     * How far it is.
     *
     * @param remote whether the image has layers that were not on this host when it was opened
     */
    public ToLocal progress(boolean remote) {
        if (!remote) {
            return ToLocal.LOCAL;
        }
        if (layers.isEmpty()) {
            return ToLocal.REMOTE;
        }
        long remaining = remaining();
        if (remaining == 0) {
            return ToLocal.LOCAL;
        }
        return switch (state) {
            case WAITING -> new ToLocal("waiting", -1);
            case ENDED -> new ToLocal("failed", -1);
            case DOWNLOADING -> {
                long left = Math.max(0, remaining - positionInLayer);
                long done = remainingAtStart - left;
                double seconds = (System.nanoTime() - started) / NANOS_PER_SECOND;
                yield new ToLocal("downloading", done <= 0 ? -1 : (long) Math.ceil(left * seconds / done));
            }
        };
    }

    /** Bytes of the layers that are not read from a file yet. */
    private long remaining() {
        return layers.values().stream()
                .map(Target::blob)
                .filter(blob -> !blob.isLocal())
                .mapToLong(BlobReader::size)
                .sum();
    }

    private void run() {
        long extra = config.delayExtra().toMillis();
        Duration delay = config.delay()
                .plusMillis(extra == 0 ? 0 : ThreadLocalRandom.current().nextLong(extra));
        try {
            if (!sleep(delay)) {
                return;
            }
            remainingAtStart = remaining();
            started = System.nanoTime();
            state = State.DOWNLOADING;
            for (Map.Entry<Integer, Target> layer : layers.entrySet()) {
                if (closed.getCount() == 0) {
                    return;
                }
                fetch(image.lowers().get(layer.getKey()), layer.getValue());
                positionInLayer = 0;
            }
            state = State.ENDED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("the download of layers ends by an error of this program", e);
        }
    }

    private void fetch(Lower lower, Target layer) throws InterruptedException {
        Path directory = Path.of(lower.dir());
        Duration pause = FIRST_PAUSE;
        boolean waitsForSpace = false;
        for (int attempt = 1; attempt <= config.tryCnt(); attempt++) {
            try {
                if (locks.with(directory, () -> fetch(lower, directory, layer)) || !sleep(Duration.ZERO)) {
                    return;
                }
            } catch (NoSpaceException e) {
                log.atLevel(waitsForSpace ? Level.DEBUG : Level.WARN)
                        .log("download of {} waits for space: {}", lower.digest(), e.getMessage());
                waitsForSpace = true;
                attempt--; // it is no fault of the registry, and ends when somebody makes room
                if (!sleep(spacePause)) {
                    return;
                }
            } catch (IOException e) {
                if (closed.getCount() == 0) {
                    return;
                }
                log.warn(
                        "download of {} into {}, attempt {} of {}: {}",
                        lower.digest(),
                        directory,
                        attempt,
                        config.tryCnt(),
                        e.toString());
                if (attempt == config.tryCnt() || !sleep(pause)) {
                    return;
                }
                pause = pause.multipliedBy(2);
            }
        }
    }

    private boolean fetch(Lower lower, Path directory, Target layer) throws IOException, InterruptedException {
        Digest digest = Digest.parse(lower.digest());
        long start = System.nanoTime();
        try (BlobReader source = remote.openOnce(image.repoBlobUrl(), digest, lower.size())) {
            LayerDownload download = new LayerDownload(
                    source, digest, directory, config, rate, this::sleep, position -> positionInLayer = position);
            if (!download.run()) {
                return false;
            }
            FileBlob file = FileBlob.open(download.complete());
            if (file.size() != source.size()) {
                file.close();
                throw new IOException(
                        download.complete() + " has " + file.size() + " bytes, the layer has " + source.size());
            }
            layer.blob().switchTo(layer.view().of(file));
            log.info(
                    "{} is on this host: {} bytes in {} ms, read from {} from now on",
                    digest,
                    source.size(),
                    (System.nanoTime() - start) / 1_000_000,
                    download.complete());
            return true;
        }
    }

    /** Waits; false if it is to end. */
    private boolean sleep(Duration time) throws InterruptedException {
        return !closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Ends it after what is under way. What was fetched stays for the next time. */
    @Override
    public void close() {
        closed.countDown();
    }
}
