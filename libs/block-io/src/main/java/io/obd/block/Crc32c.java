package io.obd.block;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C with a seed and without inversion at either end, as ZFile stores it. One thread uses an instance at a
 * time.
 *
 * <p>Implementation: the JDK's CRC-32C is an intrinsic, but starts from all ones and inverts its result. It is brought
 * to any state by four bytes in front of the data: advancing a CRC over four bytes is a bijection of its 32 bit state, so
 * there is exactly one prefix that leads from all ones to the seed, found by running the register backwards.
 */
public final class Crc32c {
    private static final int POLYNOMIAL = 0x82F63B78;

    private final byte[] prefix = new byte[Integer.BYTES];
    private final CRC32C crc = new CRC32C();

    /** @param seed value of the register before the first byte */
    public Crc32c(int seed) {
        int start = ~backwards(seed);
        for (int i = 0; i < prefix.length; i++) {
            prefix[i] = (byte) (start >>> (Byte.SIZE * i));
        }
        reset();
    }

    /** Starts again from the seed. */
    public void reset() {
        crc.reset();
        crc.update(prefix, 0, prefix.length);
    }

    /** Takes in the remaining bytes of {@code data}, whose position moves to its limit. */
    public void update(ByteBuffer data) {
        crc.update(data);
    }

    /** The register after everything taken in since the last reset. */
    public int value() {
        return ~(int) crc.getValue();
    }

    /** The CRC of the remaining bytes of {@code data} alone. */
    public int of(ByteBuffer data) {
        reset();
        update(data);
        return value();
    }

    private static int backwards(int register) {
        int state = register;
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            state = state < 0 ? ((state ^ POLYNOMIAL) << 1) | 1 : state << 1;
        }
        return state;
    }
}
