package io.obd.nydussnapshotter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A TOML configuration file. Values are asked for by key and type through {@link #root()}; what is wrong is collected, so
 * that {@link #check()} reports everything at once, and keys that nobody asked for are known afterwards.
 */
final class TomlFile {
    private static final long SIZE_LIMIT = 1 << 20;

    private final String name;
    private final ObjectNode document;
    private final List<String> problems = new ArrayList<>();
    private final Set<String> used = new HashSet<>();

    private TomlFile(String name, ObjectNode document) {
        this.name = name;
        this.document = document;
    }

    /** A file with nothing in it: all values are the defaults. */
    static TomlFile empty() {
        return new TomlFile("the command line", JsonNodeFactory.instance.objectNode());
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read or is no TOML; the text names the file and the line
     */
    static TomlFile read(Path path) throws IOException {
        if (Files.size(path) > SIZE_LIMIT) {
            throw new IOException(path + ": larger than " + SIZE_LIMIT + " bytes: not a configuration file");
        }
        try {
            JsonNode root = new TomlMapper().readTree(Files.readAllBytes(path));
            return new TomlFile(
                    path.toString(), root instanceof ObjectNode table ? table : JsonNodeFactory.instance.objectNode());
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new IOException(path + (line > 0 ? ":" + line : "") + ": " + e.getOriginalMessage(), e);
        }
    }

    /** Puts a value in the place of what the file says, e.g. {@code daemon.fs_driver}. */
    void override(String key, Object value) {
        ObjectNode table = document;
        String[] names = key.split("\\.");
        for (int i = 0; i < names.length - 1; i++) {
            table = table.withObjectProperty(names[i]);
        }
        table.set(
                names[names.length - 1],
                value instanceof Boolean flag
                        ? JsonNodeFactory.instance.booleanNode(flag)
                        : JsonNodeFactory.instance.textNode(value.toString()));
    }

    /** The outermost table. */
    TomlTable root() {
        return new TomlTable(this, "", document);
    }

    void problem(String key, String text) {
        problems.add(name + ": " + key + ": " + text);
    }

    void use(String key) {
        used.add(key);
    }

    /**
     * To be called when everything has been asked for.
     *
     * @throws IOException naming all values that had a wrong type or range
     */
    void check() throws IOException {
        if (!problems.isEmpty()) {
            throw new IOException(String.join("; ", problems));
        }
    }

    /** The keys that nobody asked for. */
    List<String> unknownKeys() {
        List<String> unknown = new ArrayList<>();
        collectUnknown("", document, unknown);
        return List.copyOf(unknown);
    }

    private void collectUnknown(String prefix, ObjectNode table, List<String> unknown) {
        for (Map.Entry<String, JsonNode> entry : table.properties()) {
            String key = prefix + entry.getKey();
            if (!used.contains(key)) {
                unknown.add(name + ": " + key + ": unknown key, ignored");
            } else if (entry.getValue() instanceof ObjectNode inner) {
                collectUnknown(key + ".", inner, unknown);
            }
        }
    }
}
