package io.obd.unixhttp;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * An HTTP/1.1 answer with a text for a body, which may be of known length, chunked, or end with the connection.
 *
 * @param body empty if there is none
 */
public record HttpResponse(int status, String body) {
    private static final int LINE_LIMIT = 8192;
    private static final int HEADER_LIMIT = 100;
    private static final int BODY_LIMIT = 16 << 20;

    /** No body follows, and some servers leave the connection open all the same. */
    private static final int NO_CONTENT = 204;

    static HttpResponse read(InputStream in) throws IOException {
        int status = status(line(in));
        Map<String, String> headers = headers(in);
        if (status == NO_CONTENT) {
            return new HttpResponse(status, "");
        }
        if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            return new HttpResponse(status, text(chunks(in)));
        }
        String length = headers.get("content-length");
        if (length != null) {
            return new HttpResponse(status, text(exactly(in, number(length, 10))));
        }
        byte[] rest = in.readNBytes(BODY_LIMIT + 1);
        checkLimit(rest.length);
        return new HttpResponse(status, text(rest));
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    private static int status(String line) throws IOException {
        String[] words = line.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-5][0-9][0-9]")) {
            throw new IOException("it does not begin with an HTTP status line");
        }
        return Integer.parseInt(words[1]);
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < HEADER_LIMIT; i++) {
            String line = line(in);
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("a header line has no colon");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        throw new IOException("more than " + HEADER_LIMIT + " header lines");
    }

    private static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int length = number(line(in).split(";", 2)[0].strip(), 16);
            if (length == 0) {
                return body.toByteArray();
            }
            body.writeBytes(exactly(in, length));
            checkLimit(body.size());
            line(in);
        }
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the connection was closed within the body");
        }
        return bytes;
    }

    private static int number(String text, int radix) throws IOException {
        try {
            long number = Long.parseUnsignedLong(text, radix);
            checkLimit(number);
            return (int) number;
        } catch (NumberFormatException e) {
            throw new IOException("a length is not a number: " + text, e);
        }
    }

    private static void checkLimit(long length) throws IOException {
        if (length < 0 || length > BODY_LIMIT) {
            throw new IOException("it is longer than " + BODY_LIMIT + " bytes");
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the connection was closed within the answer");
            }
            if (line.size() == LINE_LIMIT) {
                throw new IOException("a line is longer than " + LINE_LIMIT + " bytes");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
