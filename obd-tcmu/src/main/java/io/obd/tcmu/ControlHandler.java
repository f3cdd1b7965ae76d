package io.obd.tcmu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.obd.image.ControlError;
import java.util.Map;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection of the control socket: one request, answered from a thread that may wait, and the end. */
final class ControlHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger log = LoggerFactory.getLogger(ControlHandler.class);

    private final ControlApi api;
    private final Executor handlers;
    private final ObjectMapper json = new ObjectMapper();

    ControlHandler(ControlApi api, Executor handlers) {
        this.api = api;
        this.handlers = handlers;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext connection, FullHttpRequest request) {
        connection.channel().config().setAutoRead(false);
        connection.pipeline().remove(ReadTimeoutHandler.class);
        HttpMethod method = request.method();
        String path = new QueryStringDecoder(request.uri()).rawPath();
        byte[] body = ByteBufUtil.getBytes(request.content());
        boolean understood = request.decoderResult().isSuccess();
        handlers.execute(() -> send(connection, understood ? answer(method, path, body) : badRequest()));
    }

    private FullHttpResponse answer(HttpMethod method, String path, byte[] body) {
        try {
            return response(HttpResponseStatus.OK, api.handle(method, path, body));
        } catch (ApiException e) {
            return response(e.status(), Map.of("error", e.error()));
        } catch (Throwable e) { // the edge of the thread: the client must get an answer
            log.error("{} {} failed", method, path, e);
            ControlError error = new ControlError("internal", "the daemon failed", Reasons.of(e), "see its log");
            return response(HttpResponseStatus.INTERNAL_SERVER_ERROR, Map.of("error", error));
        }
    }

    private FullHttpResponse badRequest() {
        ControlError error = new ControlError("bad-request", "not an HTTP request", "", "");
        return response(HttpResponseStatus.BAD_REQUEST, Map.of("error", error));
    }

    private FullHttpResponse response(HttpResponseStatus status, Object content) {
        byte[] body = encode(content);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CONNECTION, "close");
        return response;
    }

    private byte[] encode(Object content) {
        try {
            return json.writeValueAsBytes(content);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // records and maps of strings and numbers
        }
    }

    private static void send(ChannelHandlerContext connection, FullHttpResponse response) {
        var _ = connection.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext connection, Throwable cause) {
        log.debug("a connection to the control socket ended: {}", cause.toString());
        var _ = connection.close();
    }
}
