package io.obd.tcmu.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DirectoryLocksTest {
    private static final Path DIRECTORY = Path.of("/layer");

    private final DirectoryLocks locks = new DirectoryLocks();

    @Test
    void oneHasADirectoryAtATime() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicBoolean left = new AtomicBoolean();
        FutureTask<Boolean> first = new FutureTask<>(() -> locks.with(DIRECTORY, () -> {
            inside.countDown();
            leave.await();
            left.set(true);
            return true;
        }));
        Thread.ofPlatform().daemon().start(first);
        inside.await();
        FutureTask<Boolean> second = new FutureTask<>(() -> locks.with(DIRECTORY, left::get));
        Thread waiting = Thread.ofPlatform().daemon().start(second);
        while (waiting.getState() != Thread.State.WAITING) {
            assertThat(second.isDone()).isFalse();
            Thread.onSpinWait();
        }
        assertThat(locks.with(Path.of("/other"), () -> true)).isTrue();

        leave.countDown();

        assertThat(first.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(second.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void nothingIsKeptOfDirectoriesThatNobodyHas() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(locks.with(Path.of("/layer-" + i), () -> locks.size() == 1))
                    .isTrue();
        }
        assertThatThrownBy(() -> locks.with(DIRECTORY, () -> {
                    throw new IOException("full");
                }))
                .hasMessage("full");

        assertThat(locks.size()).isZero();
    }
}
