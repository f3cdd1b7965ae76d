package io.obd.nydussnapshotter;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.InstantSource;

/**
 * Names of daemons: 20 characters of base32hex, the seconds since 1970 first, so that they sort by age. The rest is
 * chance.
 */
final class DaemonIds {
    private static final int LENGTH = 20;
    private static final int RADIX = 32;

    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    DaemonIds(InstantSource clock) {
        this.clock = clock;
    }

    String next() {
        byte[] chance = new byte[8];
        random.nextBytes(chance);
        ByteBuffer bytes = ByteBuffer.allocate(12)
                .putInt((int) clock.instant().getEpochSecond())
                .put(chance);
        // 96 bits and four zeros behind them are 20 characters of five bits; Java's digits 0-9a-v are those of
        // base32hex.
        String text = new BigInteger(1, bytes.array()).shiftLeft(4).toString(RADIX);
        return "0".repeat(LENGTH - text.length()) + text;
    }
}
