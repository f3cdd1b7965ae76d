package io.obd.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import okhttp3.HttpUrl;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/** Turns an answer that is no success into the exception that says so. */
final class Failures {
    private static final int MAX_ERROR_BODY = 16 * 1024;
    private static final int MAX_QUOTE = 300;

    private Failures() {}

    /** The failure that this answer means; closes it. */
    static RegistryException of(Response response) {
        return of(response, "");
    }

    /**
     * The failure that this answer means; closes it.
     *
     * @param hint what to do about it, empty if there is nothing to add
     */
    static RegistryException of(Response response, String hint) {
        String method = response.request().method();
        HttpUrl url = response.request().url();
        int status = response.code();
        @Nullable Duration retryAfter = retryAfter(response);
        String problem = status
                + said(response)
                + (hint.isEmpty() ? "" : "; " + hint)
                + (retryAfter == null ? "" : "; it wants to be left alone for " + retryAfter.toSeconds() + " s");
        return switch (status) {
            case 401, 403 -> new RegistryException.Unauthorized(method, url, status, problem);
            case 404 -> new RegistryException.NotFound(method, url, status, problem);
            case 429 -> new RegistryException.TooManyRequests(method, url, problem, retryAfter);
            case 407 ->
                new RegistryException.Refused(
                        method, url, status, problem + "; the proxy wants a user and a password in its URL");
            case 408 -> new RegistryException.ServerError(method, url, status, problem, retryAfter);
            default -> {
                if (status >= 500) {
                    yield new RegistryException.ServerError(method, url, status, problem, retryAfter);
                }
                yield status >= 400
                        ? new RegistryException.Refused(method, url, status, problem)
                        : new RegistryException.Protocol(method, url, status, "unexpected status " + problem);
            }
        };
    }

    /** An answer that breaks the protocol; closes it. */
    static RegistryException protocol(Response response, String problem) {
        response.close();
        return new RegistryException.Protocol(
                response.request().method(), response.request().url(), response.code(), problem);
    }

    /**
     * Refuses a page of HTML, as which a proxy may answer with 200 when it means an error.
     *
     * @param wanted in its place
     */
    static void refusePage(Response response, String wanted) throws RegistryException {
        String type = String.valueOf(response.header("Content-Type")).toLowerCase(Locale.ROOT);
        if (type.startsWith("text/html")) {
            throw protocol(response, "a page of HTML came instead of " + wanted);
        }
    }

    /** Code and message of the registry's error body, or the reason phrase. */
    private static String said(Response response) {
        String phrase = response.message().isEmpty() ? "" : " " + response.message();
        try (response) {
            byte[] body = beginning(response.body().source());
            JsonNode error = OciJson.read(body, JsonNode.class, "the error body")
                    .path("errors")
                    .path(0);
            String code = error.path("code").asText();
            String message = error.path("message").asText();
            if (code.isEmpty() && message.isEmpty()) {
                return phrase;
            }
            String text = message.isEmpty() ? code : code + ": " + message;
            return phrase + " (" + printable(text) + ")";
        } catch (IOException e) {
            // A body that is no error document, or broke off, adds nothing to the status.
            return phrase;
        }
    }

    private static byte[] beginning(BufferedSource source) throws IOException {
        source.request(MAX_ERROR_BODY);
        Buffer buffer = new Buffer();
        buffer.write(
                source.getBuffer(), Math.min(MAX_ERROR_BODY, source.getBuffer().size()));
        return buffer.readByteArray();
    }

    private static String printable(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= MAX_QUOTE ? line : line.substring(0, MAX_QUOTE) + "…";
    }

    private static @Nullable Duration retryAfter(Response response) {
        String value = response.header("Retry-After", "");
        if (value == null || value.isBlank()) {
            return null;
        }
        if (value.matches("[0-9]{1,6}")) {
            return Duration.ofSeconds(Long.parseLong(value));
        }
        try {
            Instant then = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration left = Duration.between(Instant.now(), then);
            return left.isNegative() ? null : left;
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
