package io.obd.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A JSON value that knows its line, and whether somebody asked for it. */
final class JsonValue {
    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(32).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final int line;
    private final @Nullable Object content;
    private boolean used;

    /** @param content a Map of JsonValue, a List of JsonValue, String, Boolean, Long, Double or null */
    private JsonValue(int line, @Nullable Object content) {
        this.line = line;
        this.content = content;
    }

    /** Reads exactly one value from the text. */
    static JsonValue parse(byte[] text) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new JsonParseException(parser, "the file is empty");
            }
            JsonValue value = value(parser);
            if (parser.nextToken() != null) {
                throw new JsonParseException(parser, "text after the end of the document");
            }
            return value;
        }
    }

    int line() {
        return line;
    }

    @Nullable
    Object content() {
        return content;
    }

    JsonValue use() {
        used = true;
        return this;
    }

    boolean isUsed() {
        return used;
    }

    private static JsonValue value(JsonParser parser) throws IOException {
        int line = parser.currentTokenLocation().getLineNr();
        return switch (parser.currentToken()) {
            case START_OBJECT -> new JsonValue(line, members(parser));
            case START_ARRAY -> new JsonValue(line, elements(parser));
            case VALUE_STRING -> new JsonValue(line, parser.getText());
            case VALUE_TRUE -> new JsonValue(line, true);
            case VALUE_FALSE -> new JsonValue(line, false);
            case VALUE_NUMBER_INT -> new JsonValue(line, integer(parser));
            case VALUE_NUMBER_FLOAT -> new JsonValue(line, parser.getDoubleValue());
            case VALUE_NULL -> new JsonValue(line, null);
            default -> throw new JsonParseException(parser, "unexpected " + parser.currentToken());
        };
    }

    private static Object integer(JsonParser parser) throws IOException {
        return switch (parser.getNumberType()) {
            case INT, LONG -> parser.getLongValue();
            default -> parser.getDoubleValue();
        };
    }

    private static Map<String, JsonValue> members(JsonParser parser) throws IOException {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            members.put(key, value(parser));
        }
        return members;
    }

    private static List<JsonValue> elements(JsonParser parser) throws IOException {
        List<JsonValue> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(value(parser));
        }
        return elements;
    }
}
