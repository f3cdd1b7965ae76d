package io.obd.snapshotter;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as docker writes them: {@code 20g}, {@code 1.5 GiB}, {@code 500m}; the units are powers of 1024. */
final class DiskSize {
    private static final Pattern FORM = Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([kmgtp]?)(?:i?b)?");
    private static final String UNITS = "kmgtp";

    private DiskSize() {}

    /**
     * @return bytes, at least one KiB
     * @throws IllegalArgumentException if it is none
     */
    static long parse(String text) {
        Matcher parts = FORM.matcher(text.toLowerCase(Locale.ROOT));
        if (!parts.matches()) {
            throw new IllegalArgumentException("a size such as 20g is expected");
        }
        int power = parts.group(2).isEmpty() ? 0 : UNITS.indexOf(parts.group(2)) + 1;
        long bytes;
        try {
            bytes = new BigDecimal(parts.group(1))
                    .multiply(BigDecimal.valueOf(1L << (10 * power)))
                    .toBigInteger()
                    .longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("a size such as 20g is expected", e);
        }
        if (bytes < 1024) {
            throw new IllegalArgumentException("less than 1k");
        }
        return bytes;
    }
}
