package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AskedOnceTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final AskedOnce<String> questions = new AskedOnce<>();
    private final AtomicReference<String> kept = new AtomicReference<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch answer = new CountDownLatch(1);

    private record Asker(Thread thread, FutureTask<String> found) {}

    private Asker asker(Callable<String> question) {
        FutureTask<String> found = new FutureTask<>(question);
        return new Asker(Thread.ofPlatform().daemon().start(found), found);
    }

    private String ask(Duration limit) throws IOException {
        return questions.get("key", Deadline.after(limit), () -> Optional.ofNullable(kept.get()), () -> {
            asked.incrementAndGet();
            try {
                assertThat(answer.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
            kept.set("answer");
            return "answer";
        });
    }

    private static void untilWaiting(List<Asker> askers) {
        Deadline end = Deadline.after(LONG);
        while (askers.stream().anyMatch(asker -> asker.thread().getState() != Thread.State.TIMED_WAITING)) {
            assertThat(end.left()).isPositive();
            Thread.onSpinWait();
        }
    }

    @Test
    void oneAsksForAll() throws Exception {
        List<Asker> askers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            askers.add(asker(() -> ask(LONG)));
        }
        untilWaiting(askers);

        answer.countDown();

        for (Asker asker : askers) {
            assertThat(asker.found().get()).isEqualTo("answer");
        }
        assertThat(asked).hasValue(1);
        assertThat(ask(LONG)).isEqualTo("answer");
        assertThat(asked).hasValue(1);
    }

    @Test
    void whoHasNoTimeToWaitAsks() throws Exception {
        Asker first = asker(() -> ask(LONG));
        untilWaiting(List.of(first));
        Asker hasty = asker(() -> ask(Duration.ZERO));
        untilWaiting(List.of(hasty));

        assertThat(asked).hasValue(2);
        answer.countDown();
        assertThat(hasty.found().get()).isEqualTo("answer");
        assertThat(first.found().get()).isEqualTo("answer");
    }

    @Test
    void afterAFailureEachAsks() throws Exception {
        Asker first = asker(() -> ask(LONG));
        untilWaiting(List.of(first));
        Asker second = asker(() -> ask(LONG));
        untilWaiting(List.of(second));

        first.thread().interrupt();

        assertThatThrownBy(() -> first.found().get()).hasRootCauseInstanceOf(InterruptedException.class);
        answer.countDown();
        assertThat(second.found().get()).isEqualTo("answer");
        assertThat(asked).hasValue(2);
    }

    @Test
    void whoWaitsCanBeInterrupted() throws Exception {
        Asker first = asker(() -> ask(LONG));
        untilWaiting(List.of(first));
        Asker second = asker(() -> ask(LONG));
        untilWaiting(List.of(second));

        second.thread().interrupt();

        assertThatThrownBy(() -> second.found().get()).hasCauseInstanceOf(InterruptedIOException.class);
        answer.countDown();
        assertThat(first.found().get()).isEqualTo("answer");
        assertThat(asked).hasValue(1);
    }
}
