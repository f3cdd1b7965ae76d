package io.obd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.ReadTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RequestTimeoutTest {
    private static final int SECONDS = 30;

    private final EmbeddedChannel connection = new EmbeddedChannel(new RequestTimeout(SECONDS));

    private void pass(int seconds) {
        connection.advanceTimeBy(seconds, TimeUnit.SECONDS);
        connection.runScheduledPendingTasks();
    }

    @Test
    void aConnectionWithoutRequestStays() {
        connection.freezeTime();

        pass(100 * SECONDS);

        assertThat(connection.isOpen()).isTrue();
    }

    @Test
    void aRequestThatDoesNotGoOnEndsIt() {
        connection.freezeTime();
        pass(100 * SECONDS);

        connection.writeInbound(Unpooled.copiedBuffer("GET /api", StandardCharsets.US_ASCII));
        pass(SECONDS - 1);
        assertThat(connection.isOpen()).isTrue();
        pass(2);

        assertThat(connection.isOpen()).isFalse();
        assertThatThrownBy(connection::checkException).isInstanceOf(ReadTimeoutException.class);
        assertThat(connection.inboundMessages()).hasSize(1);
        connection.releaseInbound();
    }
}
