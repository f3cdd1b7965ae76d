package io.obd.snapshots;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A filter in containerd's language: selectors joined by commas, all of which must match.
 *
 * <pre>
 * filter   = [ selector { "," selector } ]
 * selector = field { "." field } [ ( "==" | "!=" | "~=" ) value ]
 * field    = letter { letter | digit | "_" } | quoted
 * value    = characters without comma and blank | quoted
 * </pre>
 *
 * <p>A selector without an operator asks whether the field is there. {@code ~=} finds a regular expression anywhere in
 * the value. Fields of a snapshot are {@code kind}, {@code name}, {@code parent} and {@code labels.<key>}.
 */
final class Filter implements Predicate<Snapshot> {
    private final List<Selector> selectors;

    private Filter(List<Selector> selectors) {
        this.selectors = selectors;
    }

    /**
     * Several filters as one that matches what any of them matches; everything if there are none.
     *
     * @throws SnapshotException invalid argument, naming filter and position
     */
    static Predicate<Snapshot> anyOf(List<String> filters) throws SnapshotException {
        Predicate<Snapshot> any = snapshot -> filters.isEmpty();
        for (String filter : filters) {
            any = any.or(new Filter(new FilterParser(filter).parse()));
        }
        return any;
    }

    @Override
    public boolean test(Snapshot snapshot) {
        return selectors.stream().allMatch(selector -> selector.matches(snapshot));
    }

    /** One condition. */
    sealed interface Selector {
        List<String> field();

        boolean matchesValue(@Nullable String value);

        default boolean matches(Snapshot snapshot) {
            return matchesValue(valueOf(field(), snapshot));
        }
    }

    record Present(List<String> field) implements Selector {
        @Override
        public boolean matchesValue(@Nullable String value) {
            return value != null;
        }
    }

    record Equal(List<String> field, String wanted) implements Selector {
        @Override
        public boolean matchesValue(@Nullable String value) {
            return wanted.equals(value);
        }
    }

    /** Also matches where the field is absent, as containerd has it. */
    record NotEqual(List<String> field, String unwanted) implements Selector {
        @Override
        public boolean matchesValue(@Nullable String value) {
            return !unwanted.equals(value);
        }
    }

    record Matching(List<String> field, Pattern pattern) implements Selector {
        @Override
        public boolean matchesValue(@Nullable String value) {
            return value != null && pattern.matcher(value).find();
        }
    }

    private static @Nullable String valueOf(List<String> field, Snapshot snapshot) {
        return switch (field.getFirst()) {
            case "kind" -> snapshot.kind().word();
            case "name" -> snapshot.name();
            case "parent" -> snapshot.parent();
            case "labels" -> snapshot.labels().get(String.join(".", field.subList(1, field.size())));
            default -> null;
        };
    }
}
