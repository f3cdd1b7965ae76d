package io.obd.tools.obd;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;

/** JSON for machines, written as it comes. */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** A generator over a writer that stays open. */
    static JsonGenerator on(Writer out) throws IOException {
        JsonGenerator json = FACTORY.createGenerator(out);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        json.useDefaultPrettyPrinter();
        return json;
    }

    /** Bytes as text; where they are no text, their hexadecimal form is given beside it. */
    static void text(JsonGenerator json, String field, ByteString bytes) throws IOException {
        String text = bytes.toString();
        json.writeStringField(field, text);
        if (!ByteString.of(text).equals(bytes)) {
            json.writeStringField(field + "Hex", HexFormat.of().formatHex(bytes.toBytes()));
        }
    }
}
