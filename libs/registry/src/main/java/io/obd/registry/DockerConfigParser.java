package io.obd.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads docker's {@code config.json}. What is wrong with it is said with file, line and key, and never with a value:
 * it may be the secret.
 */
final class DockerConfigParser {
    private final String name;

    /** @param name of what is read, for error texts */
    DockerConfigParser(String name) {
        this.name = name;
    }

    DockerConfig parse(byte[] json) throws IOException {
        Map<String, Credentials> auths = new HashMap<>();
        Map<String, String> helpers = new HashMap<>();
        String store = "";
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "the file");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                JsonToken value = parser.nextToken();
                if (value == JsonToken.VALUE_NULL) {
                    continue;
                }
                switch (key) {
                    case "auths" -> {
                        expect(parser, value, JsonToken.START_OBJECT, key);
                        parseAuths(parser, auths);
                    }
                    case "credHelpers" -> {
                        expect(parser, value, JsonToken.START_OBJECT, key);
                        parseHelpers(parser, helpers);
                    }
                    case "credsStore" -> store = helper(parser, text(parser, value, key), key);
                    default -> parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw wrong(parser, "more follows after the end of the object");
            }
        } catch (JsonProcessingException e) {
            // Its text may quote what stands there.
            throw new IOException(name + ": line " + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr() + ": not valid JSON");
        }
        return new DockerConfig(Map.copyOf(auths), Map.copyOf(helpers), store);
    }

    private void parseHelpers(JsonParser parser, Map<String, String> helpers) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String host = parser.currentName();
            String key = "credHelpers." + host;
            helpers.put(place(host), helper(parser, text(parser, parser.nextToken(), key), key));
        }
    }

    /** A name becomes the name of a program: nothing that leads elsewhere. */
    private String helper(JsonParser parser, String value, String key) throws IOException {
        if (!value.matches("[A-Za-z0-9._-]*")) {
            throw wrong(parser, key + " is not the name of a credential helper");
        }
        return value;
    }

    private void parseAuths(JsonParser parser, Map<String, Credentials> auths) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "auths." + key);
            Credentials credentials = parseEntry(parser, "auths." + key);
            String place = place(key);
            // A key in the plain form counts more than one that only amounts to it.
            if (credentials != null && (place.equals(key) || !auths.containsKey(place))) {
                auths.put(place, credentials);
            }
        }
    }

    private @Nullable Credentials parseEntry(JsonParser parser, String key) throws IOException {
        String user = "";
        String password = "";
        String token = "";
        Credentials auth = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            String fieldName = key + "." + field;
            JsonToken value = parser.nextToken();
            switch (field) {
                case "username" -> user = text(parser, value, fieldName);
                case "password" -> password = text(parser, value, fieldName);
                case "identitytoken" -> token = text(parser, value, fieldName);
                case "auth" -> auth = decode(parser, text(parser, value, fieldName), fieldName);
                default -> parser.skipChildren();
            }
        }
        if (!token.isEmpty()) {
            return new Credentials.IdentityToken(token);
        }
        if (auth != null) {
            return auth;
        }
        return user.isEmpty() ? null : new Credentials.UserPassword(user, password);
    }

    private @Nullable Credentials decode(JsonParser parser, String base64, String name) throws IOException {
        if (base64.isEmpty()) {
            return null;
        }
        String pair;
        try {
            pair = new String(Base64.getDecoder().decode(base64.strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong(parser, name + " is no base64");
        }
        int colon = pair.indexOf(':');
        if (colon <= 0) {
            throw wrong(parser, name + " is not the base64 of user:password");
        }
        return new Credentials.UserPassword(pair.substring(0, colon), pair.substring(colon + 1));
    }

    /** {@code host[/path]} of a key that may also be a URL, with the registry under its one name. */
    private static String place(String key) {
        String place = key;
        int scheme = key.indexOf("://");
        if (scheme >= 0) {
            place = key.substring(scheme + 3).replaceFirst("/v[12]/?$", "");
        }
        return RegistryName.keyOf(place.endsWith("/") ? place.substring(0, place.length() - 1) : place);
    }

    private String text(JsonParser parser, JsonToken value, String name) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return "";
        }
        expect(parser, value, JsonToken.VALUE_STRING, name);
        return parser.getText();
    }

    private void expect(JsonParser parser, @Nullable JsonToken found, JsonToken wanted, String name)
            throws IOException {
        if (found != wanted) {
            throw wrong(parser, name + " must be " + (wanted == JsonToken.VALUE_STRING ? "a string" : "an object"));
        }
    }

    private IOException wrong(JsonParser parser, String problem) {
        return new IOException(name + ": line " + parser.currentTokenLocation().getLineNr() + ": " + problem);
    }
}
