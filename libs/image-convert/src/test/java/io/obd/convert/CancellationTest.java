package io.obd.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancellationTest {
    private final Cancellation cancellation = new Cancellation();

    @Test
    void theFirstReasonCounts() {
        cancellation.cancel(new IOException("first"));
        cancellation.cancel(new IOException("second"));

        assertThatThrownBy(cancellation::check).isInstanceOf(CancellationException.class);
        assertThatThrownBy(cancellation::throwReason)
                .isInstanceOf(IOException.class)
                .hasMessage("first");
    }

    @Test
    void whatBlocksIsClosedOnceNowOrLater() throws IOException {
        AtomicInteger closed = new AtomicInteger();
        cancellation.closeOnCancel(closed::incrementAndGet);
        assertThat(closed).hasValue(0);

        cancellation.cancel(new IOException("enough"));
        cancellation.cancel(new IOException("enough"));
        assertThat(closed).hasValue(1);

        cancellation.closeOnCancel(closed::incrementAndGet);
        assertThat(closed).hasValue(2);
    }

    @Test
    void workThatIsNotCancelledGoesOn() throws IOException {
        cancellation.check();
        cancellation.throwReason();
    }
}
