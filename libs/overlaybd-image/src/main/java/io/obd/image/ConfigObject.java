package io.obd.image;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object of a {@link ConfigFile}. A key that is absent or null gives the default; a value of the wrong type
 * is noted in the file's problems and gives the default, too.
 */
public final class ConfigObject {
    private static final int SHOWN = 64;

    private final ConfigFile file;
    private final String path;
    private final JsonValue self;
    private final Map<?, ?> members;

    ConfigObject(ConfigFile file, String path, JsonValue self) {
        this(file, path, self, self.content() instanceof Map<?, ?> map ? map : Map.of());
    }

    private ConfigObject(ConfigFile file, String path, JsonValue self, Map<?, ?> members) {
        this.file = file;
        this.path = path;
        this.self = self;
        this.members = members;
    }

    /** The keys of this object, in the order of the file. */
    public Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        members.keySet().forEach(key -> keys.add(key.toString()));
        return keys;
    }

    /** A string. */
    public String string(String key, String fallback) {
        return find(key).map(value -> string(key, value, fallback)).orElse(fallback);
    }

    /** One of the given words. */
    public String word(String key, String fallback, Set<String> allowed) {
        String word = string(key, fallback);
        if (!allowed.contains(word) && !word.equals(fallback)) {
            problem(
                    key,
                    "one of " + String.join(", ", new TreeSet<>(allowed)) + " is expected, found \"" + shorten(word)
                            + "\"");
            return fallback;
        }
        return word;
    }

    /** A whole number of the given range, both ends included. */
    public long integer(String key, long fallback, long min, long max) {
        Optional<JsonValue> value = find(key);
        if (value.isEmpty()) {
            return fallback;
        }
        if (!(value.get().content() instanceof Long number)) {
            wrongType(key, value.get(), "a whole number");
            return fallback;
        }
        if (number < min || number > max) {
            file.problem(value.get(), name(key), number + " is out of range, " + min + " to " + max + " is allowed");
            return fallback;
        }
        return number;
    }

    /** True or false. */
    public boolean bool(String key, boolean fallback) {
        Optional<JsonValue> value = find(key);
        if (value.isEmpty()) {
            return fallback;
        }
        if (value.get().content() instanceof Boolean flag) {
            return flag;
        }
        wrongType(key, value.get(), "true or false");
        return fallback;
    }

    /** A nested object; an empty one if the key is absent, so that its values get their defaults. */
    public ConfigObject object(String key) {
        return findObject(key).orElseGet(() -> new ConfigObject(file, name(key), self, Map.of()));
    }

    /** A nested object, if there is one. */
    public Optional<ConfigObject> findObject(String key) {
        return find(key).map(value -> object(name(key), value));
    }

    /** A list of objects. */
    public List<ConfigObject> objects(String key) {
        List<ConfigObject> objects = new ArrayList<>();
        for (JsonValue element : elements(key)) {
            objects.add(object(name(key) + "[" + objects.size() + "]", element.use()));
        }
        return objects;
    }

    /** A list of strings. */
    public List<String> strings(String key) {
        List<String> strings = new ArrayList<>();
        for (JsonValue element : elements(key)) {
            strings.add(string(key + "[" + strings.size() + "]", element.use(), ""));
        }
        return List.copyOf(strings);
    }

    /** Whether the key is there and not null. */
    public boolean has(String key) {
        return find(key).isPresent();
    }

    /** Notes that the value of a key is not acceptable for a reason of its own. */
    public void problem(String key, String text) {
        file.problem(find(key).orElse(self), name(key), text);
    }

    /** Notes that the value of a key can be used, but hardly does what was meant. */
    public void warning(String key, String text) {
        file.warning(find(key).orElse(self), name(key), text);
    }

    private ConfigObject object(String name, JsonValue value) {
        if (value.content() instanceof Map) {
            return new ConfigObject(file, name, value);
        }
        file.problem(value, name, "an object is expected, found " + show(value));
        return new ConfigObject(file, name, value);
    }

    private List<JsonValue> elements(String key) {
        Optional<JsonValue> value = find(key);
        if (value.isEmpty()) {
            return List.of();
        }
        if (value.get().content() instanceof List<?> list) {
            return list.stream().map(JsonValue.class::cast).toList();
        }
        wrongType(key, value.get(), "a list");
        return List.of();
    }

    private String string(String key, JsonValue value, String fallback) {
        if (value.content() instanceof String text) {
            if (text.indexOf('\0') < 0) {
                return text;
            }
            file.problem(value, name(key), "a NUL character is in it");
            return fallback;
        }
        wrongType(key, value, "a string");
        return fallback;
    }

    private Optional<JsonValue> find(String key) {
        return Optional.ofNullable((@Nullable JsonValue) members.get(spelled(key)))
                .map(JsonValue::use)
                .filter(value -> value.content() != null);
    }

    /** The key as the file has it. */
    private Object spelled(String key) {
        if (!file.ignoresCase() || members.containsKey(key)) {
            return key;
        }
        return keys().stream().filter(key::equalsIgnoreCase).findFirst().orElse(key);
    }

    private void wrongType(String key, JsonValue value, String expected) {
        file.problem(value, name(key), expected + " is expected, found " + show(value));
    }

    private String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String show(JsonValue value) {
        return switch (value.content()) {
            case Map<?, ?> map -> "an object";
            case List<?> list -> "a list";
            case String text -> "\"" + shorten(text) + "\"";
            case null -> "null";
            case Object other -> shorten(other.toString());
        };
    }

    private static String shorten(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
