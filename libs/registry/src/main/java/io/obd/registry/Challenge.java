package io.obd.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import okhttp3.Headers;

/**
 * One way to authenticate that a 401 offers.
 *
 * @param scheme in lower case: {@code bearer}, {@code basic}
 * @param parameters by lower-case name
 */
record Challenge(String scheme, Map<String, String> parameters) {

    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isEmpty());
    }

    /** All challenges of the WWW-Authenticate headers, in their order. What is malformed is passed over. */
    static List<Challenge> of(Headers headers) {
        List<Challenge> challenges = new ArrayList<>();
        headers.values("WWW-Authenticate").forEach(header -> new Parser(header).parseInto(challenges));
        return challenges;
    }

    /** {@code scheme name=value, name="quoted value", scheme …} */
    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        void parseInto(List<Challenge> challenges) {
            Map<String, String> parameters = Map.of();
            while (skipSeparators()) {
                String word = token();
                if (word.isEmpty()) {
                    at++;
                    continue;
                }
                int afterWord = at;
                skipSpaces();
                if (at < text.length() && text.charAt(at) == '=') {
                    at++;
                    skipSpaces();
                    String value = at < text.length() && text.charAt(at) == '"' ? quoted() : token();
                    if (!challenges.isEmpty()) {
                        parameters.put(word.toLowerCase(Locale.ROOT), value);
                    }
                } else {
                    at = afterWord;
                    parameters = new HashMap<>();
                    challenges.add(new Challenge(word.toLowerCase(Locale.ROOT), parameters));
                }
            }
        }

        private boolean skipSeparators() {
            while (at < text.length() && (text.charAt(at) == ',' || Character.isWhitespace(text.charAt(at)))) {
                at++;
            }
            return at < text.length();
        }

        private void skipSpaces() {
            while (at < text.length() && text.charAt(at) == ' ') {
                at++;
            }
        }

        private String token() {
            int start = at;
            while (at < text.length() && " \t,=\"".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(start, at);
        }

        private String quoted() {
            StringBuilder value = new StringBuilder();
            at++;
            while (at < text.length() && text.charAt(at) != '"') {
                if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                    at++;
                }
                value.append(text.charAt(at++));
            }
            at++;
            return value.toString();
        }
    }
}
