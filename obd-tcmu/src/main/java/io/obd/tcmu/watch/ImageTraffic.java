package io.obd.tcmu.watch;

import io.obd.blobstore.BlobEvents;
import io.obd.image.DeviceStatus.Fetched;
import io.obd.image.DeviceStatus.Needed;
import java.io.IOException;
import java.util.concurrent.atomic.LongAdder;

/** What one device has read since it was attached, and where that came from. */
public final class ImageTraffic implements DataPathWatch {
    private final LongAdder local = new LongAdder();
    private final LongAdder cache = new LongAdder();
    private final LongAdder registry = new LongAdder();
    private final LongAdder fetched = new LongAdder();
    private final LongAdder downloaded = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private volatile String lastError = "";

    private final BlobEvents fromFiles = new BlobEvents() {
        @Override
        public void hit(String blob, long offset, int bytes, long nanos) {
            local.add(bytes);
        }

        @Override
        public void refused(String blob, long offset, IOException reason) {
            note(reason);
        }
    };

    private final BlobEvents fromRegistries = new BlobEvents() {
        @Override
        public void hit(String blob, long offset, int bytes, long nanos) {
            hits.increment();
            cache.add(bytes);
        }

        @Override
        public void missed(String blob, long offset, int bytes, long nanos) {
            misses.increment();
            registry.add(bytes);
        }

        @Override
        public void fetched(String blob, long offset, long bytes, long nanos) {
            fetched.add(bytes);
        }

        @Override
        public void failed(String blob, long offset, IOException reason) {
            note(reason);
        }
    };

    private final BlobEvents toKeep = new BlobEvents() {
        @Override
        public void fetched(String blob, long offset, long bytes, long nanos) {
            downloaded.add(bytes);
        }

        @Override
        public void failed(String blob, long offset, IOException reason) {
            note(reason);
        }
    };

    private void note(IOException reason) {
        errors.increment();
        lastError = String.valueOf(reason.getMessage());
    }

    @Override
    public BlobEvents layers(Place place) {
        return switch (place) {
            case LOCAL -> fromFiles;
            case REMOTE -> fromRegistries;
            case DOWNLOAD -> toKeep;
        };
    }

    /** Bytes that its reads needed. */
    public Needed needed() {
        return new Needed(local.sum(), cache.sum(), registry.sum());
    }

    /** Bytes that came from registries on its behalf. */
    public Fetched fetched() {
        return new Fetched(fetched.sum(), downloaded.sum());
    }

    /** Share of the reads of remote layers that the cache answered at once; 1 if there were none. */
    public double hitRate() {
        long all = hits.sum() + misses.sum();
        return all == 0 ? 1 : (double) hits.sum() / all;
    }

    /** Fetches and reads of files that failed. */
    public long errors() {
        return errors.sum();
    }

    /** Why the last of them failed, empty if none did. */
    public String lastError() {
        return lastError;
    }
}
