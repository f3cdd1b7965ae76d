package io.obd.tcmu;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.obd.httpserver.JsonHandler;
import io.obd.linux.Reason;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * One connection of the live snapshot API: {@code /snapshot?dev_id=…&config=…}, by whatever method. Every answer is {@code
 * {"success": …, "message": …}}.
 */
final class SnapshotHandler extends JsonHandler {
    private static final String PATH = "/snapshot";
    private static final String DEVICE = "dev_id";
    private static final String CONFIG = "config";

    private final DeviceTable devices;

    SnapshotHandler(DeviceTable devices, Executor handlers) {
        super(handlers);
        this.devices = devices;
    }

    @Override
    protected Answer answer(HttpMethod method, QueryStringDecoder uri, byte[] body) {
        if (!uri.path().equals(PATH)) {
            return refused(HttpResponseStatus.NOT_FOUND, "there is no " + uri.path() + ", only " + PATH);
        }
        String device = parameter(uri, DEVICE);
        String config = parameter(uri, CONFIG);
        if (device.isEmpty() || config.isEmpty()) {
            return refused(
                    HttpResponseStatus.BAD_REQUEST, "missing parameter: " + (device.isEmpty() ? DEVICE : CONFIG));
        }
        try {
            devices.snapshot(device, Path.of(config));
            return new Answer(HttpResponseStatus.OK, body(true, "Snapshot created successfully"));
        } catch (InvalidPathException e) {
            return refused(HttpResponseStatus.BAD_REQUEST, CONFIG + ": not a path: " + e.getReason());
        } catch (ApiException e) {
            return refused(e.status(), String.valueOf(e.getMessage()));
        }
    }

    private static String parameter(QueryStringDecoder uri, String name) {
        return uri.parameters().getOrDefault(name, List.of("")).getFirst();
    }

    @Override
    protected Answer notUnderstood() {
        return refused(HttpResponseStatus.BAD_REQUEST, "not an HTTP request");
    }

    @Override
    protected Answer failed(Throwable error) {
        return refused(HttpResponseStatus.INTERNAL_SERVER_ERROR, Reason.withCauses(error));
    }

    private static Answer refused(HttpResponseStatus status, String message) {
        return new Answer(status, body(false, message));
    }

    private static Map<String, Object> body(boolean success, String message) {
        return Map.of("success", success, "message", message);
    }
}
