package io.obd.nydusd;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.obd.httpserver.JsonHandler;
import io.obd.linux.Reason;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One connection of the API. */
final class ApiHandler extends JsonHandler {
    private final Api api;

    ApiHandler(Api api, Executor handlers) {
        super(handlers);
        this.api = api;
    }

    @Override
    protected Answer answer(HttpMethod method, QueryStringDecoder uri, byte[] body) {
        try {
            Object content = api.handle(method.name(), uri, body);
            return new Answer(content == null ? HttpResponseStatus.NO_CONTENT : HttpResponseStatus.OK, content);
        } catch (ApiError e) {
            return error(e.status(), e.getMessage());
        }
    }

    @Override
    protected Map<String, String> headers() {
        return Map.of("Server", "Nydus API");
    }

    @Override
    protected Answer notUnderstood() {
        return error(HttpResponseStatus.BAD_REQUEST, "not an HTTP request");
    }

    @Override
    protected Answer failed(Throwable error) {
        return error(HttpResponseStatus.INTERNAL_SERVER_ERROR, Reason.withCauses(error));
    }

    private static Answer error(HttpResponseStatus status, @Nullable String message) {
        return new Answer(status, Map.of("code", "UNDEFINED", "message", String.valueOf(message)));
    }
}
