package io.obd.registry;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as containerd's files and flags have them: {@code 90s}, {@code 1m30s}, {@code 1.5h}, {@code 0}. */
public final class GoDuration {
    private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ns|us|µs|ms|s|m|h)");

    private GoDuration() {}

    /**
     * @throws IllegalArgumentException if it is none, or longer than 292 years
     */
    public static Duration parse(String value) {
        if (value.equals("0")) {
            return Duration.ZERO;
        }
        try {
            return sum(value);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + value + "' is too long", e);
        }
    }

    private static Duration sum(String value) {
        Duration sum = Duration.ZERO;
        Matcher part = PART.matcher(value);
        int end = 0;
        while (part.lookingAt()) {
            BigDecimal unit = BigDecimal.valueOf(nanoseconds(part.group(2)));
            sum = sum.plusNanos(
                    new BigDecimal(part.group(1)).multiply(unit).toBigInteger().longValueExact());
            end = part.end();
            part.region(end, value.length());
        }
        if (end == 0 || end != value.length()) {
            throw new IllegalArgumentException("'" + value + "' is not a duration such as 90s or 1m30s");
        }
        return sum;
    }

    private static long nanoseconds(String unit) {
        return switch (unit) {
            case "ns" -> 1;
            case "us", "µs" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
        };
    }
}
