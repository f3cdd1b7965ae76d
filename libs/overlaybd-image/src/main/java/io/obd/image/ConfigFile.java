package io.obd.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A JSON configuration file, read strictly. Values are asked for by key and type through {@link #root()}; what is
 * wrong is collected, so that {@link #check()} reports everything at once, and keys that nobody asked for are known
 * afterwards.
 */
public final class ConfigFile {
    private static final int SIZE_LIMIT = 4 << 20;

    /** How the parser writes a place in the text; the source it leaves out is the file, which is named anyway. */
    private static final Pattern SOURCE = Pattern.compile("\\[Source:[^;\\]]*; line: (\\d+), column: (\\d+)]");

    private final Path path;
    private final JsonValue document;
    private final boolean ignoresCase;
    private final Set<ConfigException.Problem> problems = new LinkedHashSet<>();
    private final Set<ConfigException.Problem> warnings = new LinkedHashSet<>();

    private ConfigFile(Path path, JsonValue document, boolean ignoresCase) {
        this.path = path;
        this.document = document;
        this.ignoresCase = ignoresCase;
    }

    /**
     * Reads a file.
     *
     * @throws ConfigException if it is not one JSON object, with the line of the mistake
     * @throws IOException if it cannot be read
     */
    public static ConfigFile read(Path path) throws IOException {
        return parse(path, text(path), false);
    }

    /**
     * Reads a file of a program that was written in Go: a key is also found in other letters, {@code rwmode} for {@code
     * rwMode}, where there is none in its own.
     *
     * @throws ConfigException if it is not one JSON object, with the line of the mistake
     * @throws IOException if it cannot be read
     */
    public static ConfigFile readIgnoringCase(Path path) throws IOException {
        return parse(path, text(path), true);
    }

    private static byte[] text(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] text = in.readNBytes(SIZE_LIMIT + 1);
            if (text.length > SIZE_LIMIT) {
                throw problem(path, 1, "larger than " + SIZE_LIMIT + " bytes: not a configuration file");
            }
            return text;
        }
    }

    /**
     * Takes a text for that of a file.
     *
     * @throws ConfigException if it is not one JSON object, with the line of the mistake
     */
    static ConfigFile parse(Path path, byte[] text) throws IOException {
        return parse(path, text, false);
    }

    private static ConfigFile parse(Path path, byte[] text, boolean ignoresCase) throws IOException {
        try {
            JsonValue document = JsonValue.parse(text);
            if (!(document.content() instanceof Map)) {
                throw problem(path, document.line(), "a JSON object is expected");
            }
            return new ConfigFile(path, document, ignoresCase);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            String reason = SOURCE.matcher(e.getOriginalMessage()).replaceAll("line $1, column $2");
            throw problem(path, line, "not valid JSON: " + reason);
        }
    }

    /** The outermost object. */
    public ConfigObject root() {
        return new ConfigObject(this, "", document.use());
    }

    boolean ignoresCase() {
        return ignoresCase;
    }

    /**
     * To be called when everything has been asked for.
     *
     * @throws ConfigException if any value had a wrong type or range, naming all of them
     */
    public void check() throws ConfigException {
        if (!problems.isEmpty()) {
            throw new ConfigException(
                    path,
                    problems.stream()
                            .sorted(Comparator.comparingInt(ConfigException.Problem::line))
                            .toList());
        }
    }

    /** The keys that nobody asked for, as {@code file:line: key: unknown key}. */
    public List<String> unknownKeys() {
        List<String> unknown = new ArrayList<>();
        collectUnknown(document, "", unknown);
        return List.copyOf(unknown);
    }

    /** What {@link ConfigObject#warning} was told, as {@code file:line: key: text}. */
    public List<String> warnings() {
        return warnings.stream().map(warning -> warning.in(path)).toList();
    }

    void warning(JsonValue value, String key, String text) {
        warnings.add(new ConfigException.Problem(value.line(), key, text));
    }

    /** Notes a problem of a value that was read; {@link #check()} reports it. */
    void problem(JsonValue value, String key, String text) {
        problems.add(new ConfigException.Problem(value.line(), key, text));
    }

    private void collectUnknown(JsonValue value, String key, List<String> unknown) {
        if (!value.isUsed()) {
            unknown.add(new ConfigException.Problem(value.line(), key, "unknown key, ignored").in(path));
        } else if (value.content() instanceof Map<?, ?> members) {
            members.forEach((name, member) ->
                    collectUnknown((JsonValue) member, key.isEmpty() ? name.toString() : key + "." + name, unknown));
        } else if (value.content() instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
                collectUnknown((JsonValue) elements.get(i), key + "[" + i + "]", unknown);
            }
        }
    }

    private static ConfigException problem(Path path, int line, String text) {
        return new ConfigException(path, List.of(new ConfigException.Problem(line, "", text)));
    }
}
