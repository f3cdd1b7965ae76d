package io.obd.nydussnapshotter;

import io.obd.snapshots.Layer;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes from the cache what neither an image nor a daemon needs. */
final class CacheKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(CacheKeeper.class);

    private final BlobCache cache;
    private final Supplier<Collection<Daemon>> daemons;
    private final boolean collects;
    private final Consumer<BlobCache.Collected> report;

    /**
     * @param collects whether anything is removed at all
     * @param report is told what came of it
     */
    CacheKeeper(
            BlobCache cache,
            Supplier<Collection<Daemon>> daemons,
            boolean collects,
            Consumer<BlobCache.Collected> report) {
        this.cache = cache;
        this.daemons = daemons;
        this.collects = collects;
        this.report = report;
    }

    /** A data layer is there from now on. */
    void keep(Layer layer) {
        cache.keep(layer);
    }

    /** A layer is removed. */
    void release(Layer layer) {
        cache.release(layer);
    }

    /** Collects, unless a daemon does not say what it uses. */
    void collect() throws IOException {
        if (!collects) {
            return;
        }
        Set<String> used = new HashSet<>();
        for (Daemon daemon : daemons.get()) {
            try {
                used.addAll(daemon.cacheFiles());
            } catch (NydusdException e) {
                LOG.info("nothing is removed from the cache now: {}", e.getMessage());
                return;
            }
        }
        report.accept(cache.collect(used));
    }
}
