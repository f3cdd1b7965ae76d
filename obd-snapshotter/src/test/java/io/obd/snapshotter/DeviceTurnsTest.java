package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of callers who wait while a device is attached. */
@Timeout(20)
class DeviceTurnsTest {
    private final DeviceTurns turns = new DeviceTurns();
    private final CountDownLatch attaching = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);
    private final AtomicInteger attempts = new AtomicInteger();

    @Test
    void whoWaitedForAnAttachThatFailedGetsItsFailure() throws Exception {
        FutureTask<String> first = firstAttach(new IOException("the registry does not answer"));
        FutureTask<String> second = waiting(() -> turns.attach(this::attached));

        answered.countDown();

        assertThatThrownBy(() -> first.get(10, TimeUnit.SECONDS)).hasMessageEndingWith("the registry does not answer");
        assertThatThrownBy(() -> second.get(10, TimeUnit.SECONDS)).hasMessageEndingWith("the registry does not answer");
        assertThat(attempts).hasValue(1);
    }

    @Test
    void whoComesLaterTriesAgain() throws Exception {
        FutureTask<String> first = firstAttach(new IOException("the registry does not answer"));
        answered.countDown();
        assertThatThrownBy(() -> first.get(10, TimeUnit.SECONDS)).hasMessageEndingWith("the registry does not answer");

        assertThat(turns.attach(this::attached)).isEqualTo("attached");
    }

    @Test
    void whatIsRefusedToOneCallerIsNotToTheNext() throws Exception {
        FutureTask<String> first = firstAttach(new SnapshotException(Code.FAILED_PRECONDITION, "no trace of this"));
        FutureTask<String> second = waiting(() -> turns.attach(this::attached));

        answered.countDown();

        assertThatThrownBy(() -> first.get(10, TimeUnit.SECONDS)).hasMessageContaining("no trace of this");
        assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo("attached");
    }

    @Test
    void whoWaitedWhileTheBackendWasAwayDoesNotWaitForItAgain() throws Exception {
        FutureTask<String> first = firstAttach(new SnapshotException(Code.UNAVAILABLE, "is it running?"));
        FutureTask<String> second = waiting(() -> turns.attach(this::attached));

        answered.countDown();

        assertThatThrownBy(() -> first.get(10, TimeUnit.SECONDS)).hasMessageContaining("is it running?");
        assertThatThrownBy(() -> second.get(10, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        SnapshotException.class, e -> assertThat(e.code()).isEqualTo(Code.UNAVAILABLE))
                .hasMessageContaining("is it running?");
        assertThat(attempts).hasValue(1);
    }

    @Test
    void aReleaseIsDoneAfterAnAttachThatFailed() throws Exception {
        FutureTask<String> first = firstAttach(new IOException("the registry does not answer"));
        FutureTask<String> release = waiting(() -> turns.run(() -> "released"));

        answered.countDown();

        assertThatThrownBy(() -> first.get(10, TimeUnit.SECONDS)).hasMessageEndingWith("the registry does not answer");
        assertThat(release.get(10, TimeUnit.SECONDS)).isEqualTo("released");
    }

    private String attached() {
        attempts.incrementAndGet();
        return "attached";
    }

    /** An attach that has begun, and fails when it is answered. */
    private FutureTask<String> firstAttach(IOException failure) throws InterruptedException {
        FutureTask<String> attach = new FutureTask<>(() -> turns.attach(() -> {
            attempts.incrementAndGet();
            attaching.countDown();
            awaitAnswer();
            throw failure;
        }));
        Thread.ofPlatform().daemon().start(attach);
        attaching.await();
        return attach;
    }

    private void awaitAnswer() throws IOException {
        try {
            answered.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** A call that waits for its turn. */
    private static FutureTask<String> waiting(DeviceTurns.Call<String> call) throws InterruptedException {
        FutureTask<String> task = new FutureTask<>(call::run);
        Thread caller = Thread.ofPlatform().daemon().start(task);
        while (caller.getState() != Thread.State.WAITING) {
            caller.join(1);
        }
        return task;
    }
}
