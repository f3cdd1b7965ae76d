package io.obd.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TransportThreadsTest {
    private final TransportThreads threads = new TransportThreads();
    private final List<String> done = new ArrayList<>();

    /** A queue of writes, as the transport hands it over. */
    private record Writes(Runnable work) implements Runnable, Executor {
        @Override
        public void run() {
            work.run();
        }

        @Override
        public void execute(Runnable more) {
            throw new UnsupportedOperationException();
        }
    }

    private Writes writes(String text) {
        return new Writes(() -> done.add(text));
    }

    @Test
    void aLoopGetsAThreadOfItsOwnAndATurnThatEndsBeforeItWaits() throws Exception {
        CompletableFuture<List<String>> before = new CompletableFuture<>();
        CompletableFuture<List<String>> after = new CompletableFuture<>();
        threads.execute(() -> {
            threads.execute(writes("a"));
            before.complete(List.copyOf(done));
            threads.endTurn();
            after.complete(List.copyOf(done));
        });
        assertThat(before.get(10, TimeUnit.SECONDS)).isEmpty();
        assertThat(after.get(10, TimeUnit.SECONDS)).containsExactly("a");
    }

    @Test
    void whoHasNoTurnWritesAtOnce() {
        threads.execute(writes("a"));
        assertThat(done).containsExactly("a");
        assertThat(threads.hasTurn()).isFalse();
    }

    @Test
    void aTurnWritesAtItsEndAndOnlyThere() {
        threads.inOneTurn(() -> {
            threads.execute(writes("b"));
            threads.inOneTurn(() -> threads.execute(writes("c")));
            done.add("a");
        });
        assertThat(done).containsExactly("a", "b", "c");
    }

    @Test
    void whatWritesAskForBelongsToTheSameTurn() {
        threads.inOneTurn(() -> threads.execute(new Writes(() -> {
            done.add("a");
            threads.execute(writes("b"));
        })));
        assertThat(done).containsExactly("a", "b");
    }

    @Test
    void aTurnThatFailsWritesToo() {
        assertThatThrownBy(() -> threads.inOneTurn(() -> {
                    threads.execute(writes("a"));
                    throw new IllegalStateException("broken");
                }))
                .hasMessage("broken");
        assertThat(done).containsExactly("a");
        assertThat(threads.hasTurn()).isFalse();
    }
}
