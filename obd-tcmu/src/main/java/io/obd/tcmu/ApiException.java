package io.obd.tcmu;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.obd.image.ControlError;
import io.obd.linux.Reason;
import org.jspecify.annotations.Nullable;

/** A request of the control API that cannot be fulfilled, as it is told to the client. */
final class ApiException extends Exception {
    private final transient HttpResponseStatus status;
    private final transient ControlError error;

    ApiException(HttpResponseStatus status, String code, String message, String reason, String hint) {
        this(status, new ControlError(code, message, reason, hint), null);
    }

    private ApiException(HttpResponseStatus status, ControlError error, @Nullable Throwable cause) {
        super(error.cause().isEmpty() ? error.message() : error.message() + ": " + error.cause(), cause);
        this.status = status;
        this.error = error;
    }

    static ApiException badRequest(String message) {
        return new ApiException(HttpResponseStatus.BAD_REQUEST, "bad-request", message, "", "");
    }

    static ApiException notFound(String message) {
        return new ApiException(HttpResponseStatus.NOT_FOUND, "not-found", message, "", "");
    }

    static ApiException conflict(String code, String message, String reason, String hint) {
        return new ApiException(HttpResponseStatus.CONFLICT, code, message, reason, hint);
    }

    static ApiException failed(String code, String message, Throwable cause) {
        return new ApiException(
                HttpResponseStatus.INTERNAL_SERVER_ERROR,
                new ControlError(code, message, Reason.withCauses(cause), ""),
                cause);
    }

    HttpResponseStatus status() {
        return status;
    }

    ControlError error() {
        return error;
    }
}
