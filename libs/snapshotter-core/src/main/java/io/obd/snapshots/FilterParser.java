package io.obd.snapshots;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads one filter. The grammar is in {@link Filter}. */
final class FilterParser {
    private final String text;
    private int position;

    FilterParser(String text) {
        this.text = text;
    }

    List<Filter.Selector> parse() throws SnapshotException {
        List<Filter.Selector> selectors = new ArrayList<>();
        skipBlanks();
        if (atEnd()) {
            return selectors;
        }
        selectors.add(selector());
        while (!atEnd()) {
            if (!skip(",")) {
                throw malformed("a comma is expected");
            }
            selectors.add(selector());
        }
        return selectors;
    }

    private Filter.Selector selector() throws SnapshotException {
        List<String> path = new ArrayList<>();
        do {
            skipBlanks();
            path.add(field());
        } while (skip("."));
        skipBlanks();
        if (atEnd() || peek() == ',') {
            return new Filter.Present(path);
        }
        if (skip("==")) {
            return new Filter.Equal(path, value("\""));
        }
        if (skip("!=")) {
            return new Filter.NotEqual(path, value("\""));
        }
        if (skip("~=")) {
            return new Filter.Matching(path, pattern());
        }
        throw malformed("one of == != ~= is expected");
    }

    private Pattern pattern() throws SnapshotException {
        skipBlanks();
        int start = position;
        String expression = value("\"|/");
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            position = start;
            throw malformed("not a regular expression, " + e.getDescription());
        }
    }

    private String field() throws SnapshotException {
        if (!atEnd() && peek() == '"') {
            return quoted();
        }
        int start = position;
        while (!atEnd() && isFieldCharacter(peek(), position > start)) {
            position++;
        }
        if (position == start) {
            throw malformed("the name of a field is expected");
        }
        return text.substring(start, position);
    }

    private static boolean isFieldCharacter(char c, boolean inside) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (inside && ((c >= '0' && c <= '9') || c == '_'));
    }

    private String value(String quotes) throws SnapshotException {
        skipBlanks();
        if (atEnd()) {
            throw malformed("a value is expected");
        }
        if (quotes.indexOf(peek()) >= 0) {
            String value = quoted();
            skipBlanks();
            return value;
        }
        int start = position;
        while (!atEnd() && peek() != ',' && !Character.isWhitespace(peek())) {
            position++;
        }
        if (position == start) {
            throw malformed("a value is expected");
        }
        String value = text.substring(start, position);
        skipBlanks();
        return value;
    }

    /** Quoted text with the escapes of Go, which containerd writes. */
    private String quoted() throws SnapshotException {
        int start = position;
        char quote = text.charAt(position++);
        StringBuilder value = new StringBuilder();
        while (!atEnd()) {
            char c = text.charAt(position++);
            if (c == quote) {
                return value.toString();
            }
            if (c != '\\' || atEnd()) {
                value.append(c);
            } else if (quote != '"') {
                // In /…/ and |…| a backslash belongs to the expression, unless it protects the quote.
                value.append(peek() == quote ? "" : "\\").append(text.charAt(position++));
            } else {
                value.appendCodePoint(escape());
            }
        }
        position = start;
        throw malformed("the quote is not closed");
    }

    private int escape() throws SnapshotException {
        char c = text.charAt(position++);
        return switch (c) {
            case 'a' -> 7;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 11;
            case '\\', '"', '\'' -> c;
            case 'x' -> number(2, 16);
            case 'u' -> number(4, 16);
            case 'U' -> number(8, 16);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                position--;
                yield number(3, 8);
            }
            default -> {
                position -= 2;
                throw malformed("unknown escape \\" + c);
            }
        };
    }

    private int number(int digits, int radix) throws SnapshotException {
        int start = position;
        int end = Math.min(text.length(), start + digits);
        try {
            int value = Integer.parseUnsignedInt(text, start, end, radix);
            if (end - start == digits && Character.isValidCodePoint(value)) {
                position = end;
                return value;
            }
        } catch (NumberFormatException e) {
            throw malformed("an escape of " + digits + " digits is expected");
        }
        throw malformed("an escape of " + digits + " digits is expected");
    }

    private void skipBlanks() {
        while (!atEnd() && Character.isWhitespace(peek())) {
            position++;
        }
    }

    private boolean skip(String token) {
        if (!text.startsWith(token, position)) {
            return false;
        }
        position += token.length();
        return true;
    }

    private char peek() {
        return text.charAt(position);
    }

    private boolean atEnd() {
        return position >= text.length();
    }

    private SnapshotException malformed(String problem) {
        return SnapshotException.invalid("filter \"" + text + "\": at position " + position + ": " + problem);
    }
}
