package io.obd.nydusbackend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackendCountersTest {
    private final BackendCounters counters = new BackendCounters();

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1023, 0",
        "1024, 1",
        "4095, 1",
        "4096, 2",
        "16383, 2",
        "16384, 3",
        "65535, 3",
        "65536, 4",
        "131071, 4",
        "131072, 5",
        "524287, 5",
        "524288, 6",
        "1048575, 6",
        "1048576, 7",
        "9223372036854775807, 7"
    })
    void sizesAreInTheClassesThatClientsOfTheApiKnow(long size, int sizeClass) {
        assertThat(BackendCounters.sizeClass(size)).isEqualTo(sizeClass);
    }

    @Test
    void aReadIsCountedByItsSizeAndByItsTime() throws IOException {
        counters.read(1 << 20, BackendCountersTest::takeTime);
        assertThatThrownBy(() -> counters.read(4096, () -> {
                    throw new EOFException();
                }))
                .isInstanceOf(EOFException.class);

        assertThat(counters.reads.sum()).isEqualTo(2);
        assertThat(counters.errors.sum()).isEqualTo(1);
        assertThat(counters.bytes.sum()).isEqualTo(1 << 20);
        assertThat(counters.millisBySize.get(7)).isPositive().isEqualTo(counters.millis.sum());
        assertThat(counters.bySize.get(7)).isEqualTo(1);
        assertThat(counters.bySize.get(2)).isEqualTo(1);
        for (int size = 0; size < BackendCounters.SIZE_CLASSES; size++) {
            int of = size;
            long byTime = LongStream.range(0, counters.byMillis.get(of).length())
                    .map(i -> counters.byMillis.get(of).get((int) i))
                    .sum();
            assertThat(byTime).isEqualTo(counters.bySize.get(of));
        }
    }

    private static void takeTime() {
        long end = System.nanoTime() + 2_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }
}
