package io.obd.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.registry.RegistryHost.Capability;
import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One table of a {@code hosts.toml}. It notes which keys are asked for; errors name the file and the key. */
final class HostTable {
    private final Path file;
    private final String prefix;
    private final ObjectNode table;
    private final Set<String> read = new HashSet<>();

    /**
     * @param prefix what stands before a key in messages
     */
    HostTable(Path file, String prefix, JsonNode node) throws IOException {
        this.file = file;
        this.prefix = prefix;
        if (!(node instanceof ObjectNode object)) {
            throw new IOException(file + ": " + prefix.replaceFirst("\\.$", "") + ": must be a table");
        }
        this.table = object;
    }

    /** Keys that nobody asked for, with their tables. */
    List<String> unread() {
        List<String> keys = new ArrayList<>();
        table.fieldNames().forEachRemaining(key -> {
            if (!read.contains(key)) {
                keys.add(prefix + key);
            }
        });
        return keys;
    }

    /** An empty table if it is missing. */
    ObjectNode table(String key) throws IOException {
        JsonNode node = find(key);
        if (node == null) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (!(node instanceof ObjectNode object)) {
            throw error(key, "must be a table");
        }
        return object;
    }

    @Nullable
    String string(String key) throws IOException {
        JsonNode node = find(key);
        return node == null ? null : text(key, node);
    }

    boolean bool(String key) throws IOException {
        JsonNode node = find(key);
        if (node != null && !node.isBoolean()) {
            throw error(key, "must be true or false");
        }
        return node != null && node.booleanValue();
    }

    /** Every capability if none is given. */
    Set<Capability> capabilities(String key) throws IOException {
        Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
        for (String word : strings(key)) {
            capabilities.add(
                    switch (word.toLowerCase(Locale.ROOT)) {
                        case "pull" -> Capability.PULL;
                        case "resolve" -> Capability.RESOLVE;
                        case "push" -> Capability.PUSH;
                        default -> throw error(key, "\"" + word + "\" is none of pull, resolve and push");
                    });
        }
        return capabilities.isEmpty() ? EnumSet.allOf(Capability.class) : capabilities;
    }

    /** A path or several; relative ones begin at the file's directory. */
    List<Path> paths(String key) throws IOException {
        List<Path> paths = new ArrayList<>();
        for (String path : strings(key)) {
            paths.add(path(key, path));
        }
        return paths;
    }

    /** A file with certificate and key, several of them, or pairs of files; in a pair an empty key means the same file. */
    List<ClientCertificate> clientCertificates(String key) throws IOException {
        List<ClientCertificate> certificates = new ArrayList<>();
        for (JsonNode node : elements(key)) {
            if (node.isArray() && node.size() == 2) {
                Path certificate = path(key, text(key, node.get(0)));
                String keyFile = text(key, node.get(1));
                certificates.add(
                        new ClientCertificate(certificate, keyFile.isEmpty() ? certificate : path(key, keyFile)));
            } else if (node.isTextual()) {
                Path both = path(key, node.textValue());
                certificates.add(new ClientCertificate(both, both));
            } else {
                throw error(key, "must be a path, a list of paths, or a list of pairs of paths");
            }
        }
        return certificates;
    }

    Map<String, List<String>> headers(String key) throws IOException {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        HostTable inner = new HostTable(file, prefix + key + ".", table(key));
        for (Map.Entry<String, JsonNode> header : inner.table.properties()) {
            List<String> values = inner.strings(header.getKey());
            try {
                values.forEach(value -> RegistryHost.checkHeader(header.getKey(), value));
            } catch (IllegalArgumentException e) {
                throw inner.error(header.getKey(), e.getMessage());
            }
            headers.put(header.getKey(), values);
        }
        return headers;
    }

    @Nullable
    Duration duration(String key) throws IOException {
        String text = string(key);
        if (text == null) {
            return null;
        }
        try {
            Duration duration = GoDuration.parse(text);
            if (duration.toMillis() < 1 || duration.toMillis() > Integer.MAX_VALUE) {
                throw error(key, "must be between 1ms and 24 days, not " + text);
            }
            return duration;
        } catch (IllegalArgumentException e) {
            throw error(key, e.getMessage());
        }
    }

    @Nullable
    String proxy(String key) throws IOException {
        String url = string(key);
        try {
            if (url != null) {
                ProxyRules.explicit(url, Map.of());
            }
        } catch (IllegalArgumentException e) {
            throw error(key, e.getMessage());
        }
        return url;
    }

    URI api(String url, boolean complete) throws IOException {
        try {
            return RegistryHost.api(url, complete);
        } catch (IllegalArgumentException e) {
            throw prefix.isEmpty() ? error("server", e.getMessage()) : error("", e.getMessage());
        }
    }

    private List<String> strings(String key) throws IOException {
        List<String> strings = new ArrayList<>();
        for (JsonNode node : elements(key)) {
            strings.add(text(key, node));
        }
        return List.copyOf(strings);
    }

    /** The elements of a list, or the one value that stands in its place. */
    private List<JsonNode> elements(String key) {
        JsonNode node = find(key);
        if (node == null) {
            return List.of();
        }
        List<JsonNode> elements = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(elements::add);
        } else {
            elements.add(node);
        }
        return elements;
    }

    private String text(String key, JsonNode node) throws IOException {
        if (!node.isTextual()) {
            throw error(key, "must be a string");
        }
        return node.textValue();
    }

    private Path path(String key, String path) throws IOException {
        try {
            return file.resolveSibling(path);
        } catch (InvalidPathException e) {
            throw error(key, "is no path: " + e.getReason());
        }
    }

    private @Nullable JsonNode find(String key) {
        read.add(key);
        return table.get(key);
    }

    private IOException error(String key, @Nullable String problem) {
        return new IOException(file + ": " + (prefix + key).replaceFirst("\\.$", "") + ": " + problem);
    }
}
