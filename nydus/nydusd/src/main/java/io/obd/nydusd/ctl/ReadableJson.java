package io.obd.nydusd.ctl;

import com.fasterxml.jackson.databind.JsonNode;

/** Lines of {@code name: value} for a person, what is inside something further to the right. */
final class ReadableJson {
    private static final String STEP = "  ";

    private ReadableJson() {}

    static String of(JsonNode value) {
        StringBuilder text = new StringBuilder();
        write(value, "", text);
        return text.toString();
    }

    private static void write(JsonNode value, String indent, StringBuilder text) {
        if (value.isObject()) {
            value.properties().forEach(field -> {
                text.append(indent).append(field.getKey()).append(':');
                writeBehind(field.getValue(), indent, text);
            });
        } else if (value.isArray()) {
            value.forEach(element -> {
                text.append(indent).append('-');
                writeBehind(element, indent, text);
            });
        } else if (!value.isNull()) {
            text.append(indent).append(value.asText()).append('\n');
        }
    }

    private static void writeBehind(JsonNode value, String indent, StringBuilder text) {
        if (isPlain(value)) {
            text.append(' ')
                    .append(value.isArray() ? value.toString() : value.asText())
                    .append('\n');
        } else {
            text.append('\n');
            write(value, indent + STEP, text);
        }
    }

    /** Whether it has room in its line: a value, or numbers. */
    private static boolean isPlain(JsonNode value) {
        if (value.isArray()) {
            for (JsonNode element : value) {
                if (!element.isNumber()) {
                    return false;
                }
            }
            return true;
        }
        return value.isValueNode();
    }
}
