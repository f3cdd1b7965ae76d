package io.obd.block.gzip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.zip.Inflater;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmptyBlocksTest {

    /** A stored block, the last one, that begins at the bit. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void aBlockMayFollowAtAnyBit(int bit) throws Exception {
        byte[] before = EmptyBlocks.upTo(bit);
        int shared = Math.max(0, before.length - 1);
        // Three bits of header, then the next whole byte.
        int header = bit > 5 ? 2 : 1;
        byte[] stream = Arrays.copyOf(before, shared + header + 7);
        stream[shared] |= (byte) (1 << bit);
        byte[] stored = {3, 0, (byte) ~3, (byte) ~0, 'a', 'b', 'c'};
        System.arraycopy(stored, 0, stream, shared + header, stored.length);

        try (Inflater inflater = new Inflater(true)) {
            inflater.setInput(stream);
            byte[] plain = new byte[4];
            assertThat(inflater.inflate(plain)).isEqualTo(3);
            assertThat(plain).startsWith('a', 'b', 'c');
            assertThat(inflater.finished()).isTrue();
            assertThat(inflater.getRemaining()).isZero();
        }
    }
}
