package io.obd.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class Crc32cTest {

    @Property
    void equalsTheDefinition(@ForAll int seed, @ForAll byte[] data) {
        assertThat(new Crc32c(seed).of(ByteBuffer.wrap(data))).isEqualTo(definition(seed, data));
    }

    @Property(tries = 100)
    void takesDataInPieces(@ForAll int seed, @ForAll byte[] first, @ForAll byte[] second) {
        Crc32c crc = new Crc32c(seed);
        crc.update(ByteBuffer.wrap(first));
        crc.update(ByteBuffer.allocateDirect(second.length).put(second).flip());

        assertThat(crc.value()).isEqualTo(definition(definition(seed, first), second));
    }

    @Test
    void invertedAtBothEndsItIsTheUsualCrc() {
        byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);

        assertThat(~new Crc32c(-1).of(ByteBuffer.wrap(digits))).isEqualTo(0xE3069283);
    }

    private static int definition(int seed, byte[] data) {
        int state = seed;
        for (byte b : data) {
            state ^= b & 0xFF;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                state = (state & 1) == 0 ? state >>> 1 : (state >>> 1) ^ 0x82F63B78;
            }
        }
        return state;
    }
}
