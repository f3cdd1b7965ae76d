package io.obd.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Documents of a registry as bytes. Their digest is their name, so what is written here has the one form that the
 * programs around it write too: compact, fields in the order of the OCI structures, maps sorted by key, empty fields
 * left out, and the characters of HTML escaped as Go's encoder does.
 */
final class OciJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    static {
        MAPPER.getFactory().setCharacterEscapes(new GoEscapes());
    }

    private OciJson() {}

    static byte[] write(Object document) {
        try {
            // By way of a string: the byte writer would escape what lies outside the basic plane.
            return MAPPER.writeValueAsString(document).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a document of this program cannot be written as JSON", e);
        }
    }

    /**
     * @param what name of the document in the error text
     * @throws IOException if the bytes are no JSON, or not such a document
     */
    static <T> T read(byte[] json, Class<T> type, String what) throws IOException {
        T document;
        try {
            document = MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw malformed(what, e);
        }
        if (document == null) {
            throw new IOException(what + " is not valid: it is null");
        }
        return document;
    }

    static IOException malformed(String what, JsonProcessingException e) {
        String where = e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
        return new IOException(what + " is not valid: " + e.getOriginalMessage() + where, e);
    }

    static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    static Map<String, String> sorted(@Nullable Map<String, String> map) {
        return map == null || map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(map));
    }
}
