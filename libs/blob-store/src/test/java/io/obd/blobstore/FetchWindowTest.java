package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FetchWindowTest {
    private static final int MIB = 1 << 20;
    private static final long MS = 1_000_000;

    private final FetchWindow window = new FetchWindow();
    private long clock = System.nanoTime();

    /** A link on which a fetch takes {@code latency} alone, and longer the more bytes are before it. */
    private void use(long latency, long bytesPerMs, int rounds) {
        succeed(MIB / 4, latency + MIB / 4 / bytesPerMs);
        for (int i = 0; i < rounds; i++) {
            long queued = 0;
            while (window.takeForGuess(MIB)) {
                queued += MIB;
            }
            long start = clock;
            for (long done = MIB; done <= queued; done += MIB) {
                clock = start + (latency + done / bytesPerMs) * MS;
                window.succeeded(MIB, start, clock);
            }
        }
    }

    private void succeed(long bytes, long millis) {
        window.take(bytes);
        window.succeeded(bytes, clock, clock + millis * MS);
        clock += millis * MS;
    }

    @Test
    void aLongWideLinkIsFilled() {
        use(200, 125_000, 20);

        assertThat(window.limit()).isBetween(20L * MIB, 50L * MIB);
    }

    @Test
    void aWayThatHasNeverBeenFullIsFilledWithinAFewRoundTrips() {
        use(200, 1_000_000, 4);

        assertThat(window.limit()).isGreaterThan(32L * MIB);
    }

    @Test
    void aNarrowLinkIsNotFilledWithGuesses() {
        use(5, 1_000, 20);

        assertThat(window.limit()).isEqualTo(FetchWindow.SMALLEST);
    }

    @Test
    void aWindowThatIsNotUsedStaysAsItIs() {
        long before = window.limit();
        for (int i = 0; i < 100; i++) {
            succeed(MIB / 4, 10);
        }

        assertThat(window.limit()).isEqualTo(before);
    }

    @Test
    void nothingIsGuessedAfterAFailureUntilAFetchSucceeds() {
        window.take(MIB);
        window.failed(MIB);
        assertThat(window.takeForGuess(MIB)).isFalse();
        succeed(MIB, 10);
        assertThat(window.takeForGuess(MIB)).isTrue();
    }

    @Test
    void roomThatIsGivenBackCanBeTakenAgain() {
        while (window.takeForGuess(MIB)) {
            assertThat(window.limit()).isPositive();
        }
        assertThat(window.takeForGuess(1)).isFalse();
        window.giveBack(MIB);
        assertThat(window.takeForGuess(MIB)).isTrue();
    }

    @Test
    void aLongWayIsKnownAfterAFewFetches() {
        succeed(MIB / 4, 50);
        succeed(MIB / 4, 50);
        assertThat(window.isFar()).isFalse();
        succeed(MIB / 4, 50);
        assertThat(window.isFar()).isTrue();
    }

    @Test
    void thatItIsNotAMachineThatIsBusyTakesMoreOfThem() {
        for (int i = 0; i < 7; i++) {
            succeed(MIB / 4, 30);
            assertThat(window.isFar()).isFalse();
        }
        succeed(MIB / 4, 30);
        assertThat(window.isFar()).isTrue();
    }

    @Test
    void oneFastFetchShowsThatTheWayIsShort() {
        succeed(MIB / 4, 15);
        for (int i = 0; i < 20; i++) {
            succeed(MIB / 4, 50);
        }
        assertThat(window.isFar()).isFalse();
    }
}
