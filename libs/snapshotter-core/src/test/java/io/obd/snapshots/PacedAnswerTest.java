package io.obd.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PacedAnswerTest {
    private static final byte[] MESSAGE = {1};

    private final Caller caller = new Caller();
    private final PacedAnswer answer = new PacedAnswer(caller, Duration.ofMinutes(1));

    @Test
    void whatACallerHasNoRoomForWaitsUntilItHasRead() throws Exception {
        caller.ready = false;
        FutureTask<Void> sending = sendToNobody();
        assertThat(caller.received).isEmpty();

        caller.ready = true;
        caller.onReady.run();

        sending.get();
        assertThat(caller.received).containsExactly(MESSAGE);
    }

    @Test
    void nobodyWaitsForACallerWhoHasGone() throws Exception {
        caller.ready = false;
        FutureTask<Void> sending = sendToNobody();

        caller.cancelled = true;
        caller.onCancel.run();

        assertThatThrownBy(sending::get).hasRootCauseMessage("the caller has gone");
    }

    @Test
    void aCallerWhoReadsNothingIsGivenUp() {
        caller.ready = false;
        PacedAnswer impatient = new PacedAnswer(caller, Duration.ZERO);

        assertThatThrownBy(() -> impatient.send(MESSAGE))
                .isInstanceOf(IOException.class)
                .hasMessage("the caller has read nothing for 0 s");
    }

    private FutureTask<Void> sendToNobody() throws InterruptedException {
        FutureTask<Void> sending = new FutureTask<>(() -> {
            answer.send(MESSAGE);
            return null;
        });
        Thread sender = Thread.ofPlatform().daemon().start(sending);
        while (sender.getState() != Thread.State.TIMED_WAITING) {
            assertThat(sending.isDone()).isFalse();
            TimeUnit.MILLISECONDS.sleep(1);
        }
        return sending;
    }

    private static final class Caller extends ServerCallStreamObserver<byte[]> {
        private final List<byte[]> received = new CopyOnWriteArrayList<>();
        private volatile boolean ready = true;
        private volatile boolean cancelled;
        private Runnable onReady = () -> {};
        private Runnable onCancel = () -> {};

        @Override
        public boolean isReady() {
            return ready;
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {
            onReady = handler;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {
            onCancel = handler;
        }

        @Override
        public void setOnReadyThreshold(int bytes) {}

        @Override
        public void onNext(byte[] message) {
            received.add(message);
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {}

        @Override
        public void request(int count) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public void setMessageCompression(boolean enable) {}
    }
}
