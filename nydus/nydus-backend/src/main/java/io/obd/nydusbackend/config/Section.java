package io.obd.nydusbackend.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A table of keys, in which each key has to be asked for. Problems of all sections are collected. */
final class Section {
    private static final long MOST = 0xffff_ffffL;

    private final String path;
    private final JsonNode node;
    private final List<String> problems;
    private final List<String> warnings;
    private final Set<String> asked = new HashSet<>();

    private Section(String path, JsonNode node, List<String> problems, List<String> warnings) {
        this.path = path;
        this.node = node;
        this.problems = problems;
        this.warnings = warnings;
    }

    static Section root(JsonNode node, List<String> problems, List<String> warnings) {
        return new Section("", node, problems, warnings);
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** A table within this one; an empty one if there is none. */
    Section section(String key) {
        asked.add(key);
        JsonNode inner = node.get(key);
        if (inner != null && !inner.isNull() && !inner.isObject()) {
            problem(key, "is not a table of keys");
            inner = null;
        }
        JsonNode table = inner == null || inner.isNull() ? JsonNodeFactory.instance.objectNode() : inner;
        return new Section(name(key) + ".", table, problems, warnings);
    }

    String text(String key, String otherwise) {
        JsonNode value = value(key);
        if (value.isMissingNode()) {
            return otherwise;
        }
        if (!value.isTextual()) {
            problem(key, "is not a text");
            return otherwise;
        }
        return value.textValue();
    }

    String required(String key) {
        String text = text(key, "");
        if (text.isEmpty()) {
            problem(key, "is missing");
        }
        return text;
    }

    boolean flag(String key, boolean otherwise) {
        JsonNode value = value(key);
        if (!value.isMissingNode() && !value.isBoolean()) {
            problem(key, "is neither true nor false");
        }
        return value.asBoolean(otherwise);
    }

    int number(String key, int otherwise, int least, int most) {
        return (int) longNumber(key, otherwise, least, most);
    }

    long longNumber(String key, long otherwise, long least, long most) {
        JsonNode value = value(key);
        if (value.isMissingNode()) {
            return otherwise;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            problem(key, "is no whole number from " + least + " to " + most);
            return otherwise;
        }
        return value.longValue();
    }

    List<String> texts(String key) {
        JsonNode value = value(key);
        List<String> texts = new ArrayList<>();
        if (!value.isMissingNode() && !value.isArray()) {
            problem(key, "is no list");
        }
        for (JsonNode element : value) {
            if (element.isTextual()) {
                texts.add(element.textValue());
            } else {
                problem(key, "has an element that is not a text");
            }
        }
        return texts;
    }

    /** A list of exactly so many whole numbers of 32 bits; an empty one if there is none. */
    List<Long> numbers(String key, int count) {
        JsonNode value = value(key);
        List<Long> numbers = new ArrayList<>();
        value.forEach(element ->
                numbers.add(element.isIntegralNumber() && element.canConvertToLong() ? element.longValue() : -1));
        boolean valid = value.isArray()
                && numbers.size() == count
                && numbers.stream().allMatch(number -> number >= 0 && number <= MOST);
        if (!value.isMissingNode() && !valid) {
            problem(key, "is no list of " + count + " whole numbers from 0 to " + MOST);
        }
        return valid ? numbers : List.of();
    }

    private JsonNode value(String key) {
        asked.add(key);
        return node.hasNonNull(key) ? node.get(key) : JsonNodeFactory.instance.missingNode();
    }

    /** A key that changes nothing here. */
    void ignore(String key, String why) {
        asked.add(key);
        if (isSet(key)) {
            warnings.add(name(key) + " has no effect: " + why);
        }
    }

    /** Keys that were not asked for and mean nothing here, but are no mistakes. */
    void ignoreOthers(Collection<String> keys, String why) {
        keys.stream().filter(key -> !asked.contains(key)).forEach(key -> ignore(key, why));
    }

    /** A key that asks for what is not there. */
    void refuse(String key, String why) {
        asked.add(key);
        if (isSet(key)) {
            problem(key, why);
        }
    }

    /** Whether it is there and is not what stands for nothing. */
    private boolean isSet(String key) {
        return !isNothing(node.path(key));
    }

    private static boolean isNothing(JsonNode value) {
        if (value.isContainerNode()) {
            return value.valueStream().allMatch(Section::isNothing);
        }
        return value.isMissingNode()
                || value.isNull()
                || (value.isTextual() && value.textValue().isEmpty())
                || (value.isBoolean() && !value.booleanValue())
                || (value.isNumber() && value.doubleValue() == 0);
    }

    void problem(String key, String what) {
        problems.add(name(key) + " " + what);
    }

    /** All keys were asked for: others are none. */
    void end() {
        node.fieldNames().forEachRemaining(key -> {
            if (!asked.contains(key)) {
                problem(key, "is no key that is known here");
            }
        });
    }

    private String name(String key) {
        return path + key;
    }
}
