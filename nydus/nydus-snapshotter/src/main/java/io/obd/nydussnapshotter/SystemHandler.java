package io.obd.nydussnapshotter;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.obd.httpserver.JsonHandler;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Executor;

/** One connection of the system API. */
final class SystemHandler extends JsonHandler {
    private final SystemApi api;

    SystemHandler(SystemApi api, Executor handlers) {
        super(handlers);
        this.api = api;
    }

    @Override
    protected Answer answer(HttpMethod method, QueryStringDecoder uri, byte[] body) {
        try {
            return new Answer(HttpResponseStatus.OK, api.answer(method.name(), uri.path(), body));
        } catch (SystemApi.Refused e) {
            return error(HttpResponseStatus.valueOf(e.status()), String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return error(HttpResponseStatus.INTERNAL_SERVER_ERROR, String.valueOf(e.getMessage()));
        }
    }

    @Override
    protected Answer notUnderstood() {
        return error(HttpResponseStatus.BAD_REQUEST, "not an HTTP request");
    }

    @Override
    protected Answer failed(Throwable error) {
        return error(HttpResponseStatus.INTERNAL_SERVER_ERROR, error.toString());
    }

    private static Answer error(HttpResponseStatus status, String message) {
        return new Answer(status, Map.of("code", "Unknown", "message", message));
    }
}
