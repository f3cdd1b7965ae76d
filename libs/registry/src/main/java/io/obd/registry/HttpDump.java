package io.obd.registry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** Shows requests and answers as they go over the connection, with the beginning of bodies that are text. */
final class HttpDump implements Interceptor {
    private static final int MAX_BODY = 16 * 1024;

    private final Consumer<String> out;
    private final Redaction redaction;

    HttpDump(Consumer<String> out, Redaction redaction) {
        this.out = out;
        this.redaction = redaction;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        String number = String.valueOf(request.tag(HttpWatch.Exchange.class));
        boolean confidential = request.tag(HttpWatch.Confidential.class) != null;
        out.accept(message(
                number + " > ",
                request.method() + " " + Redaction.url(request.url()),
                request.headers(),
                body(request.body(), confidential)));
        Response response = chain.proceed(request);
        out.accept(message(
                number + " < ",
                response.code() + " " + Redaction.text(response.message()),
                response.headers(),
                body(response, confidential)));
        return response;
    }

    private String message(String prefix, String firstLine, Headers headers, String body) {
        StringBuilder text = new StringBuilder(prefix).append(firstLine);
        headers.forEach(header ->
                text.append('\n').append(prefix).append(redaction.header(header.getFirst(), header.getSecond())));
        body.lines().forEach(line -> text.append('\n').append(prefix).append(line));
        return text.toString();
    }

    private static String body(@Nullable RequestBody body, boolean confidential) throws IOException {
        if (body == null || body.contentLength() == 0) {
            return "";
        }
        long length = body.contentLength();
        if (confidential) {
            return hidden(length);
        }
        if (!isText(body.contentType()) || length < 0 || length > MAX_BODY) {
            return notShown(length);
        }
        Buffer buffer = new Buffer();
        body.writeTo(buffer);
        return shown(buffer.readByteArray(), length);
    }

    private static String body(Response response, boolean confidential) throws IOException {
        long length = response.body().contentLength();
        if (length == 0 || response.request().method().equals("HEAD")) {
            return "";
        }
        if (confidential) {
            return hidden(length);
        }
        boolean encoded = response.header("Content-Encoding") != null;
        if (encoded || !isText(response.body().contentType())) {
            return notShown(length);
        }
        return shown(response.peekBody(MAX_BODY).bytes(), length);
    }

    private static String shown(byte[] beginning, long length) {
        String text = new String(beginning, StandardCharsets.UTF_8);
        if (Redaction.isSecretDocument(text)) {
            return hidden(length);
        }
        boolean whole = beginning.length < MAX_BODY || beginning.length == length;
        return "\n" + Redaction.printable(text) + (whole ? "" : "\n(… " + size(length) + ")");
    }

    private static boolean isText(@Nullable MediaType type) {
        if (type == null) {
            return false;
        }
        String subtype = Objects.requireNonNull(type.subtype()).toLowerCase(Locale.ROOT);
        return type.type().equalsIgnoreCase("text") || subtype.equals("json") || subtype.endsWith("+json");
    }

    private static String notShown(long length) {
        return "\n(body not shown, " + size(length) + ")";
    }

    private static String hidden(long length) {
        return "\n(body hidden, it holds a secret, " + size(length) + ")";
    }

    private static String size(long length) {
        return length < 0 ? "of unknown length" : length + " bytes";
    }
}
