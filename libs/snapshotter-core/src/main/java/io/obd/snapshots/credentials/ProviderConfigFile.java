package io.obd.snapshots.credentials;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.obd.registry.GoDuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the kubelet's {@code CredentialProviderConfig}, in YAML or JSON. */
final class ProviderConfigFile {
    private static final Logger LOG = LoggerFactory.getLogger(ProviderConfigFile.class);

    private static final String KIND = "CredentialProviderConfig";
    private static final String GROUP = "kubelet.config.k8s.io/";
    private static final Set<String> PLUGIN_VERSIONS = Set.of(
            "credentialprovider.kubelet.k8s.io/v1",
            "credentialprovider.kubelet.k8s.io/v1beta1",
            "credentialprovider.kubelet.k8s.io/v1alpha1");
    private static final long LONGEST = 1 << 20;

    private final Path path;

    ProviderConfigFile(Path path) {
        this.path = path;
    }

    /**
     * The providers in the order of the file.
     *
     * @throws IOException naming the file and the key that is wrong
     */
    List<CredentialProvider> read() throws IOException {
        if (Files.size(path) > LONGEST) {
            throw new IOException(path + ": larger than any such file");
        }
        JsonNode root;
        try {
            root = new YAMLMapper().readTree(Files.readAllBytes(path));
        } catch (JsonProcessingException e) {
            // Without the parser's words: they quote the file, and environments may hold secrets.
            throw new IOException(path + ": line " + e.getLocation().getLineNr() + ": neither YAML nor JSON");
        }
        if (!root.path("kind").asText().equals(KIND)
                || !root.path("apiVersion").asText().startsWith(GROUP)) {
            throw new IOException(path + ": kind " + KIND + " of " + GROUP + "v1 is expected");
        }
        List<CredentialProvider> providers = new ArrayList<>();
        int index = 0;
        for (JsonNode provider : root.path("providers")) {
            String where = path + ": providers[" + index++ + "].";
            if (provider.has("tokenAttributes")) {
                LOG.warn("{}tokenAttributes: needs the pod's service account token; the provider is left out", where);
            } else {
                providers.add(provider(provider, where));
            }
        }
        return List.copyOf(providers);
    }

    private static CredentialProvider provider(JsonNode node, String where) throws IOException {
        String name = text(node, "name", where);
        if (name.contains("/") || name.isBlank() || name.equals("..") || name.equals(".")) {
            throw new IOException(where + "name: the name of a program is expected, not \"" + name + "\"");
        }
        String version = text(node, "apiVersion", where);
        if (!PLUGIN_VERSIONS.contains(version)) {
            throw new IOException(where + "apiVersion: \"" + version + "\" is not one of " + PLUGIN_VERSIONS);
        }
        List<ImagePattern> images = new ArrayList<>();
        for (JsonNode image : node.path("matchImages")) {
            try {
                images.add(ImagePattern.parse(image.asText()));
            } catch (IllegalArgumentException e) {
                throw new IOException(where + "matchImages: " + e.getMessage(), e);
            }
        }
        List<String> arguments = new ArrayList<>();
        node.path("args").forEach(argument -> arguments.add(argument.asText()));
        Map<String, String> environment = new LinkedHashMap<>();
        for (JsonNode variable : node.path("env")) {
            environment.put(
                    text(variable, "name", where + "env."),
                    variable.path("value").asText());
        }
        return new CredentialProvider(name, version, images, duration(node, where), arguments, environment);
    }

    private static Duration duration(JsonNode node, String where) throws IOException {
        try {
            return GoDuration.parse(text(node, "defaultCacheDuration", where));
        } catch (IllegalArgumentException e) {
            throw new IOException(where + "defaultCacheDuration: " + e.getMessage(), e);
        }
    }

    private static String text(JsonNode node, String key, String where) throws IOException {
        JsonNode value = node.path(key);
        if (!value.isValueNode() || value.asText().isEmpty()) {
            throw new IOException(where + key + " is missing");
        }
        return value.asText();
    }
}
