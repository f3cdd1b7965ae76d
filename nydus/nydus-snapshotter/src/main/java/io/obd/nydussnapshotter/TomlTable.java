package io.obd.nydussnapshotter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.registry.GoDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One table of a {@link TomlFile}. A key that is absent gives the default; a value of the wrong type is noted in the
 * file's problems and gives the default, too.
 */
final class TomlTable {
    private final TomlFile file;
    private final String prefix;
    private final ObjectNode table;

    TomlTable(TomlFile file, String prefix, ObjectNode table) {
        this.file = file;
        this.prefix = prefix;
        this.table = table;
    }

    /** A string; one that is empty counts as absent. */
    String string(String key, String fallback) {
        Optional<JsonNode> value = find(key);
        if (value.isPresent() && !value.get().isTextual()) {
            problem(key, "a string is expected");
            return fallback;
        }
        return value.map(JsonNode::textValue).filter(text -> !text.isEmpty()).orElse(fallback);
    }

    /** One of the given words. */
    String word(String key, String fallback, List<String> allowed) {
        String word = string(key, fallback);
        if (!allowed.contains(word)) {
            problem(key, "one of " + String.join(", ", allowed) + " is expected, not \"" + word + "\"");
            return fallback;
        }
        return word;
    }

    boolean bool(String key, boolean fallback) {
        Optional<JsonNode> value = find(key);
        if (value.isPresent() && !value.get().isBoolean()) {
            problem(key, "true or false is expected");
            return fallback;
        }
        return value.map(JsonNode::booleanValue).orElse(fallback);
    }

    /** A whole number of the given range, both ends included. */
    long integer(String key, long fallback, long min, long max) {
        Optional<JsonNode> value = find(key);
        if (value.isEmpty()) {
            return fallback;
        }
        if (!value.get().isIntegralNumber() || !value.get().canConvertToLong()) {
            problem(key, "a whole number is expected");
            return fallback;
        }
        long number = value.get().longValue();
        if (number < min || number > max) {
            problem(key, number + " is out of range, " + min + " to " + max + " is allowed");
            return fallback;
        }
        return number;
    }

    /** A duration as Go writes it: {@code 24h}, {@code 1m30s}, {@code 0s}. */
    Duration duration(String key, Duration fallback) {
        String text = string(key, "");
        if (text.isEmpty()) {
            return fallback;
        }
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            problem(key, String.valueOf(e.getMessage()));
            return fallback;
        }
    }

    /** An absolute path. */
    Path path(String key, Path fallback) {
        return optionalPath(key).orElse(fallback);
    }

    /** An absolute path, if one is given. */
    Optional<Path> optionalPath(String key) {
        String text = string(key, "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
            problem(key, "an absolute path is needed, not \"" + text + "\"");
            return Optional.empty();
        }
        return Optional.of(Path.of(text));
    }

    /** A nested table; an empty one if the key is absent, so that its values get their defaults. */
    TomlTable table(String key) {
        Optional<JsonNode> value = find(key);
        if (value.isPresent() && !(value.get() instanceof ObjectNode)) {
            problem(key, "a table is expected");
        }
        return new TomlTable(
                file,
                prefix + key + ".",
                value.isPresent() && value.get() instanceof ObjectNode inner
                        ? inner
                        : JsonNodeFactory.instance.objectNode());
    }

    /** Notes that the value of a key is not acceptable for a reason of its own. */
    void problem(String key, String text) {
        file.problem(prefix + key, text);
    }

    private Optional<JsonNode> find(String key) {
        file.use(prefix + key);
        return Optional.ofNullable(table.get(key));
    }
}
