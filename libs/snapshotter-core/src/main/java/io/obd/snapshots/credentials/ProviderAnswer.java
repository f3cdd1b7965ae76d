package io.obd.snapshots.credentials;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.registry.Credentials;
import io.obd.registry.GoDuration;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a credential provider says: a {@code CredentialProviderResponse}.
 *
 * @param scope what else the answer holds for
 * @param cacheDuration how long it counts
 */
record ProviderAnswer(Scope scope, Duration cacheDuration, List<Entry> entries) {
    private static final String KIND = "CredentialProviderResponse";

    /** What an answer holds for. */
    enum Scope {
        IMAGE,
        REGISTRY,
        GLOBAL
    }

    record Entry(ImagePattern images, Credentials credentials) {}

    /**
     * Reads an answer.
     *
     * @param asked cache duration of answers that do not say theirs
     * @throws IOException saying what is wrong, without quoting the answer
     */
    static ProviderAnswer parse(byte[] json, Duration asked) throws IOException {
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new IOException(
                    "its answer is not JSON (line " + e.getLocation().getLineNr() + ")");
        }
        if (!root.path("kind").asText().equals(KIND)) {
            throw new IOException("its answer is no " + KIND);
        }
        Scope scope =
                switch (root.path("cacheKeyType").asText()) {
                    case "Image" -> Scope.IMAGE;
                    case "Registry" -> Scope.REGISTRY;
                    case "Global" -> Scope.GLOBAL;
                    default -> throw new IOException("its answer has no cacheKeyType");
                };
        return new ProviderAnswer(scope, duration(root.path("cacheDuration"), asked), entries(root.path("auth")));
    }

    private static Duration duration(JsonNode node, Duration asked) throws IOException {
        if (node.isMissingNode() || node.isNull()) {
            return asked;
        }
        try {
            return GoDuration.parse(node.asText());
        } catch (IllegalArgumentException e) {
            throw new IOException("cacheDuration of its answer: " + e.getMessage(), e);
        }
    }

    private static List<Entry> entries(JsonNode auth) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : auth.properties()) {
            try {
                entries.add(new Entry(
                        ImagePattern.parse(entry.getKey()),
                        new Credentials.UserPassword(
                                entry.getValue().path("username").asText(),
                                entry.getValue().path("password").asText())));
            } catch (IllegalArgumentException e) {
                throw new IOException("auth of its answer: " + e.getMessage(), e);
            }
        }
        return List.copyOf(entries);
    }

    /** The entry that says most of the image. */
    Optional<Credentials> find(String host, String repository) {
        return entries.stream()
                .filter(entry -> entry.images().matches(host, repository))
                .max(Comparator.comparingInt(entry -> entry.images().text().length()))
                .map(Entry::credentials);
    }
}
