package io.obd.snapshots;

import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * An answer of many messages that goes no faster than it is read. What the caller has not read yet stands in memory, and
 * many callers may ask for a long list at once.
 */
final class PacedAnswer {
    /** So many bytes are under way before it waits: enough to keep the socket busy. */
    private static final int UNDER_WAY = 1 << 20;

    private final ServerCallStreamObserver<byte[]> answer;
    private final Duration patience;

    /**
     * To be made before the call's method returns.
     *
     * @param patience how long a caller may read nothing
     */
    PacedAnswer(ServerCallStreamObserver<byte[]> answer, Duration patience) {
        this.answer = answer;
        this.patience = patience;
        answer.setOnReadyThreshold(UNDER_WAY);
        answer.setOnReadyHandler(this::changed);
        answer.setOnCancelHandler(this::changed);
    }

    private synchronized void changed() {
        notifyAll();
    }

    /**
     * Sends a message when its turn comes.
     *
     * @throws IOException if the caller has gone, or reads nothing
     */
    void send(byte[] message) throws IOException {
        awaitReader();
        answer.onNext(message);
    }

    private synchronized void awaitReader() throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!answer.isReady()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (answer.isCancelled()) {
                throw new IOException("the caller has gone");
            }
            if (left <= 0) {
                throw new IOException("the caller has read nothing for " + patience.toSeconds() + " s");
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        }
    }

    void fail(Exception e) {
        answer.onError(e);
    }

    void end() {
        answer.onCompleted();
    }
}
