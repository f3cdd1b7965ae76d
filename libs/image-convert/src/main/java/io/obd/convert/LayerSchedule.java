package io.obd.convert;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Takes the layers of one image through download, build and upload. Builds run one after the other from the bottom up,
 * each on top of the one before; they follow their downloads without waiting for the end of them. Downloads of layers
 * further up and uploads of finished ones run beside. The first error stops everything.
 */
final class LayerSchedule {
    private static final int TRANSFERS = 4;
    private static final int BUFFER = 128 * 1024;

    private final ConversionSource source;
    private final ConversionTarget target;
    private final ConversionEngine engine;
    private final Path directory;
    private final Consumer<ConversionEvent> listener;
    private final Cancellation cancellation;

    private final ConcurrentHashMap<Integer, ConvertedLayer> results = new ConcurrentHashMap<>();

    LayerSchedule(
            ConversionSource source,
            ConversionTarget target,
            ConversionEngine engine,
            Path directory,
            Consumer<ConversionEvent> listener,
            Cancellation cancellation) {
        this.source = source;
        this.target = target;
        this.engine = engine;
        this.directory = directory;
        this.listener = listener;
        this.cancellation = cancellation;
    }

    /** Returns when every layer's result is where it goes, or fails when nothing is at work any more. */
    List<ConvertedLayer> run(List<SourceLayer> layers) throws IOException {
        List<DownloadSpool> spools = new ArrayList<>();
        try {
            // Closing an executor waits for its tasks; uploads are closed last as builds add to them.
            try (ExecutorService uploads = transfers("upload");
                    ExecutorService builds = Executors.newSingleThreadExecutor(
                            Thread.ofPlatform().name("layer-build").factory());
                    ExecutorService downloads = transfers("download")) {
                for (SourceLayer layer : layers) {
                    DownloadSpool spool = DownloadSpool.create(directory.resolve(layer.index() + ".download"));
                    spools.add(spool);
                    cancellation.closeOnCancel(() -> spool.fail(new CancellationException("cancelled")));
                    downloads.execute(step(layer, "download", () -> download(layer, spool)));
                    builds.execute(step(layer, "build", () -> {
                        build(layer, spool);
                        uploads.execute(step(layer, "upload", () -> upload(layer)));
                    }));
                }
            }
        } finally {
            for (DownloadSpool spool : spools) {
                spool.close();
            }
        }
        cancellation.throwReason();
        return layers.stream().map(layer -> results.get(layer.index())).toList();
    }

    private void download(SourceLayer layer, DownloadSpool spool) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        try (InputStream in = source.open(layer.blob())) {
            int n;
            while ((n = in.read(buffer.array(), 0, BUFFER)) >= 0) {
                cancellation.check();
                spool.append(buffer.clear().limit(n));
            }
        }
        spool.complete();
        listener.accept(new ConversionEvent.Downloaded(layer));
    }

    private void build(SourceLayer layer, DownloadSpool spool) throws IOException {
        try (spool;
                ReadAheadStream tar = new ReadAheadStream(
                        new LayerTar(
                                spool.input(),
                                layer,
                                engine,
                                bytes -> listener.accept(new ConversionEvent.Consumed(layer, bytes))),
                        "layer-decompress")) {
            buildFrom(tar, layer, spool);
        }
    }

    private void buildFrom(InputStream tar, SourceLayer layer, DownloadSpool spool) throws IOException {
        try {
            engine.build(layer, tar);
            // An archive may be followed by padding; the digests are known at the very end only.
            tar.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // If the blob was damaged on its way, its digest says so best, and it is known when the download ends.
            spool.awaitEnd();
            throw e;
        } catch (RuntimeException | Error e) {
            // Closing the stream waits for its thread, which must not wait for the rest of the download.
            spool.fail(e);
            throw e;
        }
    }

    private void upload(SourceLayer layer) throws IOException {
        ConvertedLayer result = engine.describe(layer);
        results.put(layer.index(), result);
        listener.accept(new ConversionEvent.Converted(layer, result));
        boolean existed = target.put(result, bytes -> {
            cancellation.check();
            listener.accept(new ConversionEvent.Sent(layer, bytes));
        });
        listener.accept(new ConversionEvent.Uploaded(layer, existed));
    }

    /** A stage of a layer as a task of an executor, which has nobody to throw to. */
    private Runnable step(SourceLayer layer, String stage, Work work) {
        return () -> {
            try {
                cancellation.check();
                work.run();
            } catch (CancellationException e) {
                cancellation.cancel(e);
            } catch (IOException e) {
                cancellation.cancel(new ConversionException(layer + ": " + stage + ": " + e.getMessage(), e));
            } catch (RuntimeException | Error e) {
                cancellation.cancel(new IllegalStateException(layer + ": " + stage + " failed", e));
            }
        };
    }

    private static ExecutorService transfers(String name) {
        return Executors.newFixedThreadPool(
                TRANSFERS, Thread.ofVirtual().name("layer-" + name + "-", 0).factory());
    }

    private interface Work {
        void run() throws IOException;
    }
}
