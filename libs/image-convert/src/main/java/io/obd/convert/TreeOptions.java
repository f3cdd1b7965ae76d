package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Platform;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the tree of documents below a reference.
 *
 * @param platforms which images of indexes are converted, empty for all. With a single one the result is an image, no index
 * @param concurrency most images that are converted at the same time, 0 for no limit
 * @param indexType media type of the indexes, null for that of the source
 * @param referrerType artifact type of indexes that refer to those of the source, null for none
 */
public record TreeOptions(
        List<Platform> platforms,
        int concurrency,
        @Nullable String indexType,
        @Nullable String referrerType) {

    public TreeOptions {
        platforms = List.copyOf(platforms);
    }

    /** Entries that name no platform may hold anything: they are wanted. */
    boolean wants(Descriptor entry) {
        Platform platform = entry.platform();
        return platforms.isEmpty() || platform == null || platforms.stream().anyMatch(wanted -> wanted.runs(platform));
    }
}
