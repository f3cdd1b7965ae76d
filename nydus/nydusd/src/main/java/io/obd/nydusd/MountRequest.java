package io.obd.nydusd;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image to mount.
 *
 * @param type {@code rafs}
 * @param source path of the bootstrap
 * @param config the configuration as a text
 * @param prefetchFiles paths to fetch before they are asked for, instead of those that the image names
 */
record MountRequest(
        @JsonProperty("fs_type") @Nullable String type,
        @JsonProperty("source") @Nullable String source,
        @JsonProperty("config") @Nullable String config,
        @JsonProperty("prefetch_files") @Nullable List<String> prefetchFiles) {}
