package io.obd.image;

import io.obd.blobstore.BlobUnavailableException;
import io.obd.block.BlobException;
import io.obd.block.BlobReader;
import io.obd.block.gzip.SpanCache;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.linux.Closing;
import io.obd.lsmt.Layer;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens images as device specifications describe them. */
public final class ImageOpener {
    /** Layers that are opened at the same time, as each may wait for a registry. */
    private static final int PARALLEL = 32;

    /** Opening a layer reads its first bytes, and the indexes at its end: they are asked for at once, not in turn. */
    private static final long HEAD = 4096;

    private static final long TAIL = 64 << 10;

    private static final long DECOMPRESSED_IN_MEMORY = 32L << 20;
    private static final int MOST_THREADS_AHEAD = 4;

    private final Logger log = LoggerFactory.getLogger(ImageOpener.class);
    private final RemoteBlobs remote;
    private final OriginalLayers originals;

    /** @param remote where layers come from that are not on this host */
    public ImageOpener(RemoteBlobs remote) {
        this(remote, spans());
    }

    /**
     * An opener beside others.
     *
     * @param remote where layers come from that are not on this host
     * @param spans what was decompressed of the original layers of all their images
     */
    public ImageOpener(RemoteBlobs remote, SpanCache spans) {
        this.remote = remote;
        this.originals = new OriginalLayers(remote, spans);
    }

    /** A cache for the openers of a process. */
    public static SpanCache spans() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new SpanCache(DECOMPRESSED_IN_MEMORY, Math.min(processors, MOST_THREADS_AHEAD));
    }

    /**
     * Opens all layers of an image and stacks them. Closing the result closes everything that was opened.
     *
     * @throws ImageOpenException if a layer cannot be opened; nothing stays open then
     */
    public LayeredImage open(ImageConfig config) throws IOException {
        return open(config, LayerTap.NONE);
    }

    /** Opens an image, as {@link #open(ImageConfig)} does, whose layers are read through {@code tap}. */
    public LayeredImage open(ImageConfig config, LayerTap tap) throws IOException {
        List<Layer> layers = openLayers(config, tap);
        WritableLayer top = null;
        try {
            top = config.upper().isPresent() ? openTop(config.upper()) : null;
            return LayeredImage.open(layers, top);
        } catch (IOException e) {
            List<Closeable> opened = new ArrayList<>(layers);
            if (top != null) {
                opened.add(top);
            }
            Closing.after(e, opened);
            throw e;
        }
    }

    /**
     * Opens all layers of an image to look at them: a writable one too is only read, and may be in use.
     *
     * @return the layers from bottom to top, to be closed by the caller
     * @throws ImageOpenException if a layer cannot be opened; nothing stays open then
     */
    public List<Layer> openForReading(ImageConfig config) throws IOException {
        List<Layer> layers = openLayers(config, LayerTap.NONE);
        if (config.upper().isPresent()) {
            try {
                layers.add(openForReading(config.upper()));
            } catch (IOException e) {
                Closing.after(e, layers);
                throw e;
            }
        }
        return layers;
    }

    private List<Layer> openLayers(ImageConfig config, LayerTap tap) throws IOException {
        return openLayers(dataLayers(config), config.repoBlobUrl(), tap);
    }

    /**
     * Opens the blob of a read-only layer as it is stored. It is not looked at.
     *
     * @param layer number of the layer, counted from the bottom
     * @throws ImageOpenException if it cannot be found
     */
    public BlobReader openBlob(ImageConfig config, int layer) throws IOException {
        LayerSource source = new LayerSource(config.lowers().get(layer), config.repoBlobUrl());
        try {
            return source.open(remote);
        } catch (IOException e) {
            throw ImageOpenException.of("layer " + layer + " (" + source + ")", e);
        }
    }

    /**
     * Opens the original layer that a read-only turboOCI layer refers to, uncompressed.
     *
     * @param layer number of the layer, counted from the bottom
     * @throws BlobException if its index is wrong
     * @throws ImageOpenException if it cannot be found
     */
    public BlobReader openOriginal(ImageConfig config, int layer) throws IOException {
        try {
            return originals.open(config.lowers().get(layer), config.repoBlobUrl());
        } catch (BlobException e) {
            throw e;
        } catch (IOException e) {
            throw ImageOpenException.of("original of layer " + layer, e);
        }
    }

    /** An acceleration layer holds no data. */
    private static List<Lower> dataLayers(ImageConfig config) {
        List<Lower> lowers = config.lowers();
        return config.accelerationLayer() && !lowers.isEmpty() ? lowers.subList(0, lowers.size() - 1) : lowers;
    }

    private List<Layer> openLayers(List<Lower> lowers, String repoBlobUrl, LayerTap tap) throws IOException {
        List<Future<Layer>> futures = new ArrayList<>();
        try (ExecutorService openers = Executors.newFixedThreadPool(
                PARALLEL, Thread.ofVirtual().name("layer-open-", 0).factory())) {
            for (int i = 0; i < lowers.size(); i++) {
                Lower lower = lowers.get(i);
                String place = "layer " + i + " of " + lowers.size();
                int number = i;
                futures.add(openers.submit(() -> openLayer(lower, repoBlobUrl, place, number, tap)));
            }
        }
        return collect(futures);
    }

    private Layer openLayer(Lower lower, String repoBlobUrl, String place, int number, LayerTap tap)
            throws IOException {
        UnaryOperator<BlobReader> view = plain -> tap.tap(number, plain);
        LayerSource source = new LayerSource(lower, repoBlobUrl);
        try {
            BlobReader stored = source.open(remote);
            willNeedEnds(stored);
            BlobReader blob = source.local().isPresent() ? tap.local(number, stored) : tap.fetched(number, stored);
            try {
                return lower.isTurboOci()
                        ? openTurboOci(blob, lower, repoBlobUrl, view)
                        : retried(blob, b -> Layer.open(b, view));
            } catch (IOException e) {
                Closing.after(e, List.of(blob));
                throw e;
            }
        } catch (IOException e) {
            throw ImageOpenException.of(place + " (" + source + ")", e);
        }
    }

    private static void willNeedEnds(BlobReader blob) {
        blob.willNeed(0, Math.min(HEAD, blob.size()));
        long tail = Math.min(TAIL, blob.size());
        blob.willNeed(blob.size() - tail, tail);
    }

    private Layer openTurboOci(BlobReader metadata, Lower lower, String repoBlobUrl, UnaryOperator<BlobReader> view)
            throws IOException {
        BlobReader target = originals.open(lower, repoBlobUrl);
        try {
            return retried(metadata, blob -> Layer.openTurboOci(blob, target, view));
        } catch (IOException e) {
            Closing.after(e, List.of(target));
            throw e;
        }
    }

    private interface BlobOpener {
        Layer open(BlobReader blob) throws IOException;
    }

    /** What is wrong may be a copy in the cache: then the source is asked once more. */
    private Layer retried(BlobReader blob, BlobOpener opener) throws IOException {
        try {
            return opener.open(blob);
        } catch (BlobUnavailableException e) {
            throw e; // has been tried for as long as is allowed
        } catch (BlobException e) {
            if (!blob.discard(0, blob.size())) {
                throw e;
            }
            log.warn("{}: fetching the blob again", e.getMessage());
            return opener.open(blob);
        }
    }

    /** All layers, or the error of the lowest that failed and none of them open. */
    private static List<Layer> collect(List<Future<Layer>> futures) throws IOException {
        List<Layer> layers = new ArrayList<>();
        IOException failure = null;
        for (Future<Layer> future : futures) {
            try {
                layers.add(future.get());
            } catch (ExecutionException e) {
                failure = failure != null ? failure : asIOException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = failure != null ? failure : new ImageOpenException("interrupted", e);
            }
        }
        if (failure != null) {
            Closing.after(failure, layers);
            throw failure;
        }
        return layers;
    }

    private static IOException asIOException(@Nullable Throwable cause) {
        return cause instanceof IOException e ? e : new ImageOpenException("internal error: " + cause, cause);
    }

    /**
     * Opens a writable layer. Its kind, log or sparse, is seen from its files.
     *
     * @throws ImageOpenException if it cannot be opened; names both files
     */
    public static WritableLayer openUpper(Upper upper) throws IOException {
        return openUpper(upper, null);
    }

    private WritableLayer openTop(Upper upper) throws IOException {
        if (upper.target().isEmpty()) {
            return openUpper(upper);
        }
        BlobReader target = originals.open(upper).orElse(null);
        try {
            return openUpper(upper, target);
        } catch (IOException e) {
            if (target != null) {
                Closing.after(e, List.of(target));
            }
            throw e;
        }
    }

    private static WritableLayer openUpper(Upper upper, @Nullable BlobReader target) throws IOException {
        try {
            return WritableLayer.open(Path.of(upper.data()), Path.of(upper.index()), target);
        } catch (IOException e) {
            throw failed(upper, e);
        }
    }

    private static Layer openForReading(Upper upper) throws IOException {
        try {
            return WritableLayer.openForReading(Path.of(upper.data()), Path.of(upper.index()));
        } catch (IOException e) {
            throw failed(upper, e);
        }
    }

    private static ImageOpenException failed(Upper upper, IOException e) {
        return ImageOpenException.of("writable layer (" + upper.data() + ", " + upper.index() + ")", e);
    }
}
