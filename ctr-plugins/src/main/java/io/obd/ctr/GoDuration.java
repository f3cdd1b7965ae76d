package io.obd.ctr;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations as containerd's ctr takes them: {@code 90s}, {@code 1m30s}, {@code 1.5h}, {@code 0}. */
final class GoDuration implements ITypeConverter<Duration> {
    private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ns|us|µs|ms|s|m|h)");

    @Override
    public Duration convert(String value) {
        if (value.equals("0")) {
            return Duration.ZERO;
        }
        try {
            return parse(value);
        } catch (ArithmeticException e) {
            throw new TypeConversionException("'" + value + "' is too long");
        }
    }

    private static Duration parse(String value) {
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
            throw new TypeConversionException("'" + value + "' is not a duration such as 90s or 1m30s");
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
