package io.obd.nydussnapshotter;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An amount of memory as configurations have it: {@code 209715200}, {@code 200MiB}, {@code 1.5Gi}, {@code 10%}. */
final class MemoryLimit {
    private static final Pattern FORM = Pattern.compile("([0-9]{0,18}\\.?[0-9]{1,9})(|B|%|[KMGTP]i|[KMGTP]iB)");
    private static final String PREFIXES = "KMGTP";

    private MemoryLimit() {}

    /** The memory of this machine, in bytes. */
    static long ofThisMachine() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    }

    /**
     * The bytes.
     *
     * @param total memory of this machine, of which percents are taken
     * @return empty if the text is no such amount, or nothing, or more than 100%
     */
    static OptionalLong parse(String text, long total) {
        Matcher parts = FORM.matcher(text.strip());
        if (!parts.matches()) {
            return OptionalLong.empty();
        }
        double value = Double.parseDouble(parts.group(1));
        String unit = parts.group(2);
        double bytes =
                switch (unit) {
                    case "", "B" -> value;
                    case "%" -> value > 100 ? 0 : value / 100 * total;
                    default -> value * (1L << (10 * (1 + PREFIXES.indexOf(unit.charAt(0)))));
                };
        return bytes >= 1 && bytes < Long.MAX_VALUE ? OptionalLong.of(Math.round(bytes)) : OptionalLong.empty();
    }
}
