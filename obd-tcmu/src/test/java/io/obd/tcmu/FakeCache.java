package io.obd.tcmu;

import io.obd.blobstore.BlobCache;
import io.obd.blobstore.CacheStats;
import io.obd.blobstore.CachedPart;
import io.obd.blobstore.CheckedPart;
import java.util.List;

/** A cache that holds half of one blob. */
record FakeCache(CacheStats stats) implements BlobCache {
    @Override
    public List<CachedPart> list() {
        return List.of(new CachedPart("sha256:1", 20, 10, 1));
    }

    @Override
    public long collect() {
        return 10;
    }

    @Override
    public List<CheckedPart> verify() {
        return List.of(new CheckedPart("sha256:1", 10, CheckedPart.INCOMPLETE));
    }
}
