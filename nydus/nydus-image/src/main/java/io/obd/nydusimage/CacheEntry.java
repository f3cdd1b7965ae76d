package io.obd.nydusimage;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An image with its backend, as the API of the original's nydusd takes it: JSON with {@code "type": "bootstrap"}, and below
 * {@code config} or {@code config_v2} the backend and {@code metadata_path}.
 *
 * @param bootstrap of the image
 * @param type of the backend
 * @param backend its configuration
 */
record CacheEntry(Path bootstrap, String type, String backend) {
    private static final long LONGEST = 1 << 20;

    /**
     * Reads a file.
     *
     * @return empty if it is another configuration
     * @throws IOException if it is an entry that cannot be used
     */
    static Optional<CacheEntry> read(Path file) throws IOException {
        if (Files.size(file) > LONGEST) {
            throw new IOException(file + ": is longer than 1 MiB");
        }
        JsonNode entry;
        try {
            entry = new ObjectMapper().readTree(Files.readString(file));
        } catch (JacksonException _) {
            // TOML, or nothing at all: who reads configurations will say so.
            return Optional.empty();
        }
        if (!entry.path("type").isTextual()) {
            return Optional.empty();
        }
        if (!entry.path("type").asText().equals("bootstrap")) {
            throw new IOException(file + ": type is '" + entry.path("type").asText() + "', not 'bootstrap'");
        }
        JsonNode config = entry.path("config_v2");
        boolean isOld = config.isMissingNode();
        if (isOld) {
            config = entry.path("config");
        }
        String path = config.path("metadata_path").asText("");
        if (path.isEmpty()) {
            throw new IOException(file + ": metadata_path is missing: the bootstrap of the image");
        }
        String type = isOld
                ? config.path("backend_type").asText("")
                : config.path("backend").path("type").asText("");
        JsonNode backend =
                isOld ? config.path("backend_config") : config.path("backend").path(type);
        return Optional.of(new CacheEntry(Path.of(path), type, backend.toString()));
    }
}
