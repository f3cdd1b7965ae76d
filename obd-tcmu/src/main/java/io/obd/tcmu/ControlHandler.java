package io.obd.tcmu;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.obd.httpserver.JsonHandler;
import io.obd.image.ControlError;
import io.obd.linux.Reason;
import java.util.Map;
import java.util.concurrent.Executor;

/** One connection of the control socket. */
final class ControlHandler extends JsonHandler {
    private final ControlApi api;

    ControlHandler(ControlApi api, Executor handlers) {
        super(handlers);
        this.api = api;
    }

    @Override
    protected Answer answer(HttpMethod method, QueryStringDecoder uri, byte[] body) {
        try {
            return new Answer(HttpResponseStatus.OK, api.handle(method, uri.rawPath(), body));
        } catch (ApiException e) {
            return error(e.status(), e.error());
        }
    }

    @Override
    protected Answer notUnderstood() {
        return error(HttpResponseStatus.BAD_REQUEST, new ControlError("bad-request", "not an HTTP request", "", ""));
    }

    @Override
    protected Answer failed(Throwable error) {
        return error(
                HttpResponseStatus.INTERNAL_SERVER_ERROR,
                new ControlError("internal", "the daemon failed", Reason.withCauses(error), "see its log"));
    }

    private static Answer error(HttpResponseStatus status, ControlError error) {
        return new Answer(status, Map.of("error", error));
    }
}
