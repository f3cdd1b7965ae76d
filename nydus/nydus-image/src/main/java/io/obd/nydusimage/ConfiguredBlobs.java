package io.obd.nydusimage;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.block.FileBlob;
import io.obd.rafs.data.BlobDirectory;
import io.obd.rafs.data.BlobSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a configuration of nydusd says that the blobs are. It is JSON, of version 1 with {@code device.backend.config} or
 * of version 2 with {@code backend.localfs}.
 */
final class ConfiguredBlobs {
    static final String LOCAL = "localfs";

    private ConfiguredBlobs() {}

    /** @throws IOException if it is no such configuration, or the blobs are not in local files */
    static BlobSource read(Path file) throws IOException {
        JsonNode config = parse(file.toString(), Files.readString(file));
        JsonNode old = config.path("device").path("backend");
        JsonNode backend = old.isMissingNode() ? config.path("backend") : old;
        String type = backend.path("type").asText();
        if (!type.equals(LOCAL)) {
            throw new IOException(file + ": backend.type is '" + type
                    + "': nydus-image reads blobs in local files only (" + LOCAL + "); copy them into a directory");
        }
        return localFiles(file.toString(), old.isMissingNode() ? backend.path(LOCAL) : backend.path("config"));
    }

    /**
     * The blobs of a backend of type {@code localfs}.
     *
     * @param name of its configuration, in error texts
     * @param config its configuration alone
     */
    static BlobSource localFiles(String name, String config) throws IOException {
        return localFiles(name, parse(name, config));
    }

    private static JsonNode parse(String name, String config) throws IOException {
        try {
            return new ObjectMapper().readTree(config);
        } catch (JacksonException e) {
            throw new IOException(name + ": no configuration in JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static BlobSource localFiles(String name, JsonNode local) throws IOException {
        String single = local.path("blob_file").asText();
        if (!single.isEmpty()) {
            return _ -> FileBlob.open(Path.of(single));
        }
        List<Path> directories = new ArrayList<>();
        add(directories, local.path("dir"));
        local.path("alt_dirs").forEach(directory -> add(directories, directory));
        if (directories.isEmpty()) {
            throw new IOException(name + ": the backend has neither dir nor blob_file");
        }
        return new BlobDirectory(List.copyOf(directories));
    }

    private static void add(List<Path> directories, JsonNode directory) {
        if (!directory.asText().isEmpty()) {
            directories.add(Path.of(directory.asText()));
        }
    }
}
