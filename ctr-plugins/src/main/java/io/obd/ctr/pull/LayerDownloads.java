package io.obd.ctr.pull;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Downloads layers side by side, each at most once. Used by one thread. */
final class LayerDownloads implements AutoCloseable {
    private static final int SIDE_BY_SIDE = 6;

    private final BlobFetcher fetcher;
    private final PullProgress progress;
    private final ExecutorService threads = Executors.newFixedThreadPool(
            SIDE_BY_SIDE, Thread.ofVirtual().name("download-", 0).factory());
    private final Map<Integer, Task<Long>> downloads = new HashMap<>();

    LayerDownloads(BlobFetcher fetcher, PullProgress progress) {
        this.fetcher = fetcher;
        this.progress = progress;
    }

    /** Begins to download a layer, unless that was done before. */
    Task<Long> start(Layer layer) {
        return downloads.computeIfAbsent(
                layer.index(),
                index -> Task.start(threads, () -> {
                    fetcher.fetch("layer", layer.blob(), bytes -> progress.received(index, bytes));
                    return layer.blob().size();
                }));
    }

    /** Waits until a layer is in the content store. */
    void await(Layer layer) throws IOException, InterruptedException {
        start(layer).join();
    }

    /** Breaks off what is still under way. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
