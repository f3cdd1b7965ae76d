package io.obd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BufferPoolTest {
    private final BufferPool pool = new BufferPool();

    @ParameterizedTest
    @CsvSource({"0, 4112", "4096, 4112", "4097, 8208", "1048576, 1048592"})
    void aBufferHasTheNextPowerOfTwoAndRoomForTheHeader(int wanted, int capacity) {
        assertThat(pool.take(wanted).capacity()).isEqualTo(capacity);
    }

    @Test
    void aBufferThatIsGivenBackIsUsedAgain() {
        ByteBuffer buffer = pool.take(5000);
        buffer.position(10);
        pool.giveBack(buffer);

        assertThat(pool.take(8192)).isSameAs(buffer);
        assertThat(buffer.position()).isZero();
        assertThat(pool.take(8192)).isNotSameAs(buffer);
    }
}
