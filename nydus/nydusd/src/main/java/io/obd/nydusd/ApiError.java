package io.obd.nydusd;

import io.netty.handler.codec.http.HttpResponseStatus;

/** A request of the API that is refused. */
final class ApiError extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient HttpResponseStatus status;

    ApiError(HttpResponseStatus status, String message) {
        super(message);
        this.status = status;
    }

    HttpResponseStatus status() {
        return status;
    }
}
