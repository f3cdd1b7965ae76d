package io.obd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {
    private final List<String> closed = new ArrayList<>();

    @Test
    void allAreClosedAndTheFirstFailureIsThrown() {
        IOException first = new IOException("first");
        List<Closeable> resources = List.of(
                () -> closed.add("a"),
                () -> {
                    throw first;
                },
                () -> {
                    throw new IllegalStateException("second");
                },
                () -> closed.add("b"));

        Throwable thrown = catchThrowable(() -> Closing.all(resources));

        assertThat(thrown).isSameAs(first);
        assertThat(thrown.getSuppressed()).hasSize(1);
        assertThat(closed).containsExactly("a", "b");
    }

    @Test
    void whatFailsAfterAFailureIsSuppressedInIt() {
        Exception failure = new IllegalArgumentException("wrong");
        IOException next = new IOException("next");

        Closing.after(failure, List.<Closeable>of(() -> {
            throw next;
        }));

        assertThat(failure).hasSuppressedException(next);
    }
}
