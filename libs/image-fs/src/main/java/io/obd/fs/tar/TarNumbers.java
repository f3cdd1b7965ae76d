package io.obd.fs.tar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;

/** The numbers in tar headers and pax records. All fail with NumberFormatException and the text that is no number. */
final class TarNumbers {
    private static final int BASE_256 = 0x80;
    private static final int NEGATIVE_256 = 0xFF;
    private static final int MAX_DIGITS = 64;

    private TarNumbers() {}

    /** Octal with blanks or NULs around it, empty for 0; or base-256, signed, if the first bit is set. */
    static long headerNumber(byte[] block, int from, int length) {
        int first = Byte.toUnsignedInt(block[from]);
        if ((first & BASE_256) != 0) {
            return base256(Arrays.copyOfRange(block, from, from + length), first == NEGATIVE_256);
        }
        String text = new String(block, from, length, StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
        if (text.isEmpty()) {
            return 0;
        }
        if (text.startsWith("-") || text.startsWith("+")) {
            throw new NumberFormatException("'" + text + "' is no octal number");
        }
        try {
            return Long.parseLong(text, 8);
        } catch (NumberFormatException e) {
            throw failure("'" + text + "' is no octal number", e);
        }
    }

    private static long base256(byte[] field, boolean negative) {
        if (!negative) {
            field[0] &= (byte) ~BASE_256;
        }
        BigInteger value = negative ? new BigInteger(field) : new BigInteger(1, field);
        try {
            return value.longValueExact();
        } catch (ArithmeticException e) {
            throw outOfRange(value.toString(), e);
        }
    }

    static long decimal(ByteString text) {
        try {
            return Long.parseLong(text.toString());
        } catch (NumberFormatException e) {
            throw failure("'" + text + "' is no number", e);
        }
    }

    /** Seconds since 1970 with a fraction of any length, of which nanoseconds are kept, rounded down. */
    static Instant time(ByteString text) {
        if (text.length() > MAX_DIGITS || text.indexOf('e', 0) >= 0 || text.indexOf('E', 0) >= 0) {
            throw new NumberFormatException("'" + text + "' is no time");
        }
        try {
            BigDecimal seconds = new BigDecimal(text.toString());
            BigDecimal whole = seconds.setScale(0, RoundingMode.FLOOR);
            return Instant.ofEpochSecond(
                    whole.longValueExact(),
                    seconds.subtract(whole).movePointRight(9).longValue());
        } catch (NumberFormatException e) {
            throw failure("'" + text + "' is no time", e);
        } catch (ArithmeticException | DateTimeException e) {
            throw outOfRange(text.toString(), e);
        }
    }

    static Instant time(long seconds) {
        try {
            return Instant.ofEpochSecond(seconds);
        } catch (DateTimeException e) {
            throw outOfRange(Long.toString(seconds), e);
        }
    }

    private static NumberFormatException outOfRange(String text, RuntimeException cause) {
        return failure(text + " is out of range", cause);
    }

    private static NumberFormatException failure(String problem, RuntimeException cause) {
        NumberFormatException e = new NumberFormatException(problem);
        e.initCause(cause);
        return e;
    }
}
