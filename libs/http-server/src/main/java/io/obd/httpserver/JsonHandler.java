package io.obd.httpserver;

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
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP connection: one request, answered in JSON from a thread that may wait, and the end. */
public abstract class JsonHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger log = LoggerFactory.getLogger(JsonHandler.class);

    private final Executor handlers;
    private final ObjectMapper json = new ObjectMapper();

    /** @param handlers where requests are worked on */
    protected JsonHandler(Executor handlers) {
        this.handlers = handlers;
    }

    /** What is sent back; {@code content} becomes the JSON body, null is none. */
    public record Answer(
            HttpResponseStatus status, @Nullable Object content) {}

    /** Answers a request. What this throws is told by {@link #failed}. */
    protected abstract Answer answer(HttpMethod method, QueryStringDecoder uri, byte[] body);

    /** Further headers of every answer. */
    protected Map<String, String> headers() {
        return Map.of();
    }

    /** The answer to what is no HTTP. */
    protected abstract Answer notUnderstood();

    /** The answer when {@link #answer} has thrown something that it should not. */
    protected abstract Answer failed(Throwable error);

    @Override
    protected void channelRead0(ChannelHandlerContext connection, FullHttpRequest request) {
        connection.channel().config().setAutoRead(false);
        connection.pipeline().remove(ReadTimeoutHandler.class);
        HttpMethod method = request.method();
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        byte[] body = ByteBufUtil.getBytes(request.content());
        boolean understood = request.decoderResult().isSuccess();
        handlers.execute(() -> send(connection, understood ? guarded(method, uri, body) : notUnderstood()));
    }

    private Answer guarded(HttpMethod method, QueryStringDecoder uri, byte[] body) {
        try {
            return answer(method, uri, body);
        } catch (Throwable e) { // the edge of the thread: the client must get an answer
            log.error("{} {} failed", method, uri.rawPath(), e);
            return failed(e);
        }
    }

    private void send(ChannelHandlerContext connection, Answer answer) {
        byte[] body = answer.content() == null ? new byte[0] : encode(answer.content());
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), Unpooled.wrappedBuffer(body));
        response.headers().set(HttpHeaderNames.CONNECTION, "close");
        if (!answer.status().equals(HttpResponseStatus.NO_CONTENT)) { // which says nothing of a body
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        headers().forEach(response.headers()::set);
        var _ = connection.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    private byte[] encode(Object content) {
        try {
            return json.writeValueAsBytes(content);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // records and maps of strings and numbers
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext connection, Throwable cause) {
        log.debug("an HTTP connection ended: {}", cause.toString());
        var _ = connection.close();
    }
}
