package io.obd.httpserver;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.ReadTimeoutHandler;

/**
 * Ends a connection on which a request has begun and does not go on. One on which nothing was sent stays: clients hold it
 * to see from its end that this process has ended.
 */
final class RequestTimeout extends ChannelInboundHandlerAdapter {
    private final int seconds;

    /** @param seconds the longest pause within a request */
    RequestTimeout(int seconds) {
        this.seconds = seconds;
    }

    @Override
    public void channelRead(ChannelHandlerContext connection, Object message) {
        connection.pipeline().replace(this, null, new ReadTimeoutHandler(seconds));
        connection.fireChannelRead(message);
    }
}
