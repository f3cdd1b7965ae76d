package io.obd.convert;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Takes the layers of one image through download, build and upload. Builds run one after the other from the bottom up,
 * each on top of the one before, or some side by side if the engine does not need that; they follow their downloads
 * without waiting for the end of them. The next layer is decompressed, as far as there is room, while the file system of the
 * one below is written. Downloads of layers further up and uploads of finished ones run beside. The first error stops
 * everything.
 *
 * <p>A layer that an earlier conversion left in the target is not built. It is fetched from there only if a layer further
 * up has to be built on it.
 */
final class LayerSchedule {
    private static final int TRANSFERS = 4;
    private static final int BUFFER = 128 * 1024;
    private static final String DECOMPRESSION = "layer-decompress";
    private static final String DIGESTION = "layer-digest";

    /** Of builds that can run side by side; each uses more than one processor. */
    private static final int FEWEST_BUILDS = 2;

    private static final int MOST_BUILDS = 4;

    private final ConversionSource source;
    private final ConversionTarget target;
    private final ConversionEngine engine;
    private final FinishedWork finished;
    private final Path directory;
    private final Consumer<ConversionEvent> listener;
    private final Cancellation cancellation;

    private final ConcurrentHashMap<Integer, ConvertedLayer> results = new ConcurrentHashMap<>();

    LayerSchedule(
            ConversionSource source,
            ConversionTarget target,
            ConversionEngine engine,
            ImageOptions options,
            Consumer<ConversionEvent> listener,
            Cancellation cancellation) {
        this.source = source;
        this.target = target;
        this.engine = engine;
        this.finished = options.finished();
        this.directory = options.directory();
        this.listener = listener;
        this.cancellation = cancellation;
    }

    /** What is done with something that takes time, and may fail. */
    interface Work {
        void run() throws IOException;
    }

    /**
     * Returns when every layer's result is where it goes, or fails when nothing is at work any more.
     *
     * @param whenBuilt done when all layers are built, while the last ones are on their way
     */
    List<ConvertedLayer> run(List<SourceLayer> layers, Work whenBuilt) throws IOException {
        Map<Integer, ConvertedLayer> known =
                engine instanceof AdoptingEngine adopting ? lookUp(layers, adopting) : Map.of();
        List<Closeable> opened = new ArrayList<>();
        try {
            // Closing an executor waits for its tasks; uploads are closed last as builds add to them.
            try (ExecutorService uploads = transfers("upload")) {
                try (ExecutorService builds = sideBySide("layer-build-");
                        ExecutorService digestions = sideBySide(DIGESTION + "-");
                        ExecutorService decompressions = sideBySide(DECOMPRESSION + "-");
                        ExecutorService downloads = transfers("download")) {
                    begin(layers, known, new Stages(downloads, decompressions, digestions, builds, uploads), opened);
                }
                attempt("on top of the layers", whenBuilt);
            }
        } finally {
            for (Closeable each : opened) {
                each.close();
            }
        }
        cancellation.throwReason();
        return layers.stream().map(layer -> results.get(layer.index())).toList();
    }

    /** Who does what is to be done. */
    private record Stages(
            ExecutorService downloads,
            ExecutorService decompressions,
            ExecutorService digestions,
            ExecutorService builds,
            ExecutorService uploads) {}

    /** @param opened gets what has to be closed in the end */
    private void begin(
            List<SourceLayer> layers, Map<Integer, ConvertedLayer> known, Stages stages, List<Closeable> opened)
            throws IOException {
        int built = layers.stream()
                .mapToInt(SourceLayer::index)
                .filter(index -> !known.containsKey(index))
                .max()
                .orElse(-1);
        for (SourceLayer layer : layers) {
            ConvertedLayer result = known.get(layer.index());
            if (result == null) {
                DownloadSpool spool = spool(layer);
                opened.add(spool);
                LayerPipe pipe = pipe(layer, spool);
                opened.add(pipe);
                stages.downloads.execute(step(layer, "download", () -> download(layer, spool)));
                stages.decompressions.execute(pipe::decompress);
                stages.digestions.execute(pipe::digest);
                stages.builds.execute(step(layer, "build", () -> {
                    build(layer, spool, pipe);
                    stages.uploads.execute(step(layer, "upload", () -> upload(layer)));
                }));
                continue;
            }
            results.put(layer.index(), result);
            listener.accept(new ConversionEvent.Reused(layer, result));
            if (layer.index() < built && engine instanceof AdoptingEngine adopting && adopting.buildsOnLayersBelow()) {
                stages.builds.execute(step(layer, "build", () -> adopt(layer, result, adopting, stages.uploads)));
            }
        }
    }

    private ExecutorService sideBySide(String name) {
        int threads = engine.buildsOnLayersBelow()
                ? 1
                : Math.clamp(Runtime.getRuntime().availableProcessors(), FEWEST_BUILDS, MOST_BUILDS);
        return Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name(name, 0).factory());
    }

    private Map<Integer, ConvertedLayer> lookUp(List<SourceLayer> layers, AdoptingEngine adopting) throws IOException {
        Map<Integer, ConvertedLayer> known = new ConcurrentHashMap<>();
        try (ExecutorService lookUps = transfers("look-up")) {
            for (SourceLayer layer : layers) {
                lookUps.execute(step(
                        layer,
                        "look-up",
                        () -> finished.layer(layer)
                                .ifPresent(blob -> known.put(layer.index(), adopting.describe(layer, blob)))));
            }
        }
        cancellation.throwReason();
        return known;
    }

    private DownloadSpool spool(SourceLayer layer) throws IOException {
        DownloadSpool spool = DownloadSpool.create(directory.resolve(layer.index() + ".download"));
        cancellation.closeOnCancel(() -> spool.fail(new CancellationException("cancelled")));
        return spool;
    }

    /** What was built of the layer before goes below the next ones; if that fails it is built as if nobody had. */
    private void adopt(SourceLayer layer, ConvertedLayer result, AdoptingEngine adopting, ExecutorService transfers)
            throws IOException {
        try (InputStream in = finished.open(result.descriptor())) {
            adopting.adopt(layer, in);
        } catch (IOException e) {
            cancellation.check();
            listener.accept(new ConversionEvent.NotReused(layer, result, e));
            DownloadSpool spool = spool(layer);
            // Downloads were all begun when builds are still added to: this one is beside the uploads.
            transfers.execute(step(layer, "download", () -> download(layer, spool)));
            // The threads for this may be waiting for the build of a layer above.
            LayerPipe pipe = pipe(layer, spool);
            Thread.ofPlatform().daemon().name(DECOMPRESSION).start(pipe::decompress);
            Thread.ofPlatform().daemon().name(DIGESTION).start(pipe::digest);
            build(layer, spool, pipe);
            upload(layer);
        }
    }

    private void download(SourceLayer layer, DownloadSpool spool) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        try (InputStream in = source.open(layer.blob())) {
            // The connection gives little at a time; who decompresses is not woken for each bit.
            int n = BUFFER;
            while (n == BUFFER) {
                n = in.readNBytes(buffer.array(), 0, BUFFER);
                cancellation.check();
                spool.append(buffer.clear().limit(n));
            }
        }
        if (engine.takes(layer, spool.file())) {
            spool.leaveFile();
        }
        spool.complete();
        listener.accept(new ConversionEvent.Downloaded(layer));
    }

    private LayerPipe pipe(SourceLayer layer, DownloadSpool spool) throws IOException {
        DecompressedLayer content = new DecompressedLayer(
                spool.input(), layer, engine, bytes -> listener.accept(new ConversionEvent.Consumed(layer, bytes)));
        LayerPipe pipe = new LayerPipe(content, layer);
        cancellation.closeOnCancel(() -> pipe.abort(new CancellationException("cancelled")));
        return pipe;
    }

    private void build(SourceLayer layer, DownloadSpool spool, LayerPipe pipe) throws IOException {
        try (spool;
                pipe) {
            buildFrom(pipe.tar(), layer, spool);
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
            throw FullDisk.explained(e, directory);
        } catch (RuntimeException | Error e) {
            // Closing the stream waits for its thread, which must not wait for the rest of the download.
            spool.fail(e);
            throw e;
        }
    }

    private void upload(SourceLayer layer) throws IOException {
        ConvertedLayer result = describe(layer);
        results.put(layer.index(), result);
        listener.accept(new ConversionEvent.Converted(layer, result));
        boolean existed = target.put(result, bytes -> {
            cancellation.check();
            listener.accept(new ConversionEvent.Sent(layer, bytes));
        });
        if (engine instanceof AdoptingEngine) {
            finished.addLayer(layer, result.descriptor());
        }
        listener.accept(new ConversionEvent.Uploaded(layer, existed));
    }

    private ConvertedLayer describe(SourceLayer layer) throws IOException {
        try {
            return engine.describe(layer);
        } catch (IOException e) {
            throw FullDisk.explained(e, directory);
        }
    }

    /** A stage of a layer as a task of an executor, which has nobody to throw to. */
    private Runnable step(SourceLayer layer, String stage, Work work) {
        return () -> attempt(layer + ": " + stage, work);
    }

    /** @param what fails, if it does, for the error text */
    private void attempt(String what, Work work) {
        try {
            cancellation.check();
            work.run();
        } catch (CancellationException e) {
            cancellation.cancel(e);
        } catch (IOException e) {
            cancellation.cancel(new ConversionException(what + ": " + e.getMessage(), e));
        } catch (RuntimeException | Error e) {
            cancellation.cancel(new IllegalStateException(what + " failed", e));
        }
    }

    private static ExecutorService transfers(String name) {
        return Executors.newFixedThreadPool(
                TRANSFERS, Thread.ofVirtual().name("layer-" + name + "-", 0).factory());
    }
}
