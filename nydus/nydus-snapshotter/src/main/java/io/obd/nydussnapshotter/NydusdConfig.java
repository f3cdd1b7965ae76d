package io.obd.nydussnapshotter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.registry.Credentials;
import io.obd.registry.ImageReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration of a daemon, in nydusd's version 1 form: a template of the operator's, and in it what concerns one
 * image. Credentials are put in only where they are handed over in memory.
 */
final class NydusdConfig {
    private static final Logger LOG = LoggerFactory.getLogger(NydusdConfig.class);

    private static final long SIZE_LIMIT = 1 << 20;
    private static final String REGISTRY = "registry";
    private static final Set<String> BACKENDS = Set.of(REGISTRY, "localfs", "oss", "s3");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode document;

    private NydusdConfig(ObjectNode document) {
        this.document = document;
    }

    /**
     * Reads a template.
     *
     * @throws IOException naming the file and what is wrong with it
     */
    static NydusdConfig template(Path file) throws IOException {
        if (Files.size(file) > SIZE_LIMIT) {
            throw new IOException(file + ": larger than " + SIZE_LIMIT + " bytes: not a configuration of nydusd");
        }
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            // Its text may quote what stands there, and that may be a password.
            throw new IOException(file + ": line " + e.getLocation().getLineNr() + ": not valid JSON");
        }
        String backend = root.path("device").path("backend").path("type").asText();
        if (!(root instanceof ObjectNode document) || !BACKENDS.contains(backend)) {
            throw new IOException(file + ": device.backend.type is \"" + backend + "\": one of registry, localfs, oss"
                    + " and s3 is expected");
        }
        return new NydusdConfig(document);
    }

    /** Whether images are read from their registries. */
    boolean isRegistry() {
        return backend().path("type").asText().equals(REGISTRY);
    }

    /**
     * The configuration for one image.
     *
     * @param id of the instance, by which a daemon tells its images apart
     * @param cache directory of the blobs' cached data
     */
    NydusdConfig of(String id, Path cache) {
        NydusdConfig config = new NydusdConfig(document.deepCopy());
        config.device().put("id", id);
        ObjectNode caching = config.device().withObjectProperty("cache");
        if (caching.path("type").asText("").isEmpty()) {
            caching.put("type", "blobcache");
        }
        caching.withObjectProperty("config").put("work_dir", cache.toString());
        return config;
    }

    /** Says where the image is. */
    void source(ImageReference image, Endpoint endpoint, boolean skipVerify) {
        ObjectNode backend = backendConfig();
        backend.put("host", endpoint.host());
        backend.put("repo", image.repository());
        endpoint.scheme().ifPresent(scheme -> backend.put("scheme", scheme));
        if (!endpoint.certificates().isEmpty()) {
            backend.putPOJO(
                    "ca_cert_files",
                    endpoint.certificates().stream().map(Path::toString).toList());
        }
        if (skipVerify) {
            backend.put("skip_verify", true);
        }
    }

    /** The same with credentials in it; what the template says stays if there are none. */
    NydusdConfig with(Optional<Credentials> credentials) {
        NydusdConfig config = new NydusdConfig(document.deepCopy());
        credentials
                .flatMap(NydusdConfig::basic)
                .ifPresent(auth -> config.backendConfig().put("auth", auth));
        return config;
    }

    /**
     * Credentials as nydusd takes them.
     *
     * @return empty for such as it has no use for
     */
    static Optional<String> basic(Credentials credentials) {
        return switch (credentials) {
            case Credentials.UserPassword(String user, String password) ->
                Optional.of(
                        Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8)));
            case Credentials.IdentityToken token -> {
                LOG.warn("nydusd cannot use {}: it asks without credentials", token);
                yield Optional.empty();
            }
        };
    }

    /** The host that answers for the image's registry, with its port. */
    String host() {
        return backendConfig().path("host").asText("");
    }

    /** Whether that is asked without TLS. */
    boolean isPlainHttp() {
        return backendConfig().path("scheme").asText("").equals("http");
    }

    /** Whether its certificate does not matter. */
    boolean skipsVerification() {
        return backendConfig().path("skip_verify").asBoolean(false);
    }

    /** Files with what signs certificates, beside those of the system. */
    List<String> certificates() {
        return backendConfig()
                .path("ca_cert_files")
                .valueStream()
                .map(JsonNode::asText)
                .toList();
    }

    /** Where blobs are read: {@code type} and {@code config}, with the credentials that are in it. */
    JsonNode storage() {
        return backend().deepCopy();
    }

    /** As nydusd reads it. */
    String json() {
        return document.toString();
    }

    private ObjectNode device() {
        return document.withObjectProperty("device");
    }

    private ObjectNode backend() {
        return device().withObjectProperty("backend");
    }

    private ObjectNode backendConfig() {
        return backend().withObjectProperty("config");
    }
}
