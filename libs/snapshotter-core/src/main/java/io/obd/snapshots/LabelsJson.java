package io.obd.snapshots;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** Labels as their column in the metadata holds them: one JSON object. */
final class LabelsJson {
    /** Reads whatever was written: a label may be as long as a message. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private LabelsJson() {}

    static String write(Map<String, String> labels) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            for (Map.Entry<String, String> label : labels.entrySet()) {
                json.writeStringField(label.getKey(), label.getValue());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringWriter does not fail
        }
        return text.toString();
    }

    static Map<String, String> read(String text) throws IOException {
        Map<String, String> labels = new HashMap<>();
        try (JsonParser json = FACTORY.createParser(text)) {
            require(json, json.nextToken(), JsonToken.START_OBJECT);
            for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                require(json, json.nextToken(), JsonToken.VALUE_STRING);
                labels.put(key, json.getText());
            }
            require(json, json.currentToken(), JsonToken.END_OBJECT);
        }
        return labels;
    }

    private static void require(JsonParser json, JsonToken found, JsonToken wanted) throws JsonParseException {
        if (found != wanted) {
            throw new JsonParseException(json, "expected " + wanted + ", found " + found);
        }
    }
}
