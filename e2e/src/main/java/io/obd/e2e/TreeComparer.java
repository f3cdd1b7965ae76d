package io.obd.e2e;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Compares two trees in everything but what it is told to leave out. */
final class TreeComparer {
    private static final Map<String, Function<TreeEntry, Object>> ASPECTS = Map.of(
            "type", TreeEntry::type,
            "mode", entry -> Integer.toOctalString(entry.mode()),
            "uid", TreeEntry::uid,
            "gid", TreeEntry::gid,
            "size", TreeEntry::size,
            "content", TreeEntry::content,
            "attributes", TreeEntry::attributes);

    private final Set<Except> exceptions;

    /** What may differ. */
    enum Except {
        /** Link counts of directories: overlayfs gives 1 for all of them. */
        DIRECTORY_LINKS,
        /** Times of directories: they change when something is made in them. */
        DIRECTORY_TIMES
    }

    TreeComparer(Except... exceptions) {
        this.exceptions = EnumSet.noneOf(Except.class);
        this.exceptions.addAll(List.of(exceptions));
    }

    /** One line for each difference, empty if the trees are the same. */
    List<String> differences(Tree expected, Tree actual) {
        List<String> found = new ArrayList<>();
        Set<String> paths = new TreeSet<>(expected.entries().keySet());
        paths.addAll(actual.entries().keySet());
        for (String path : paths) {
            compare(path, expected.entries().get(path), actual.entries().get(path), found);
        }
        return found;
    }

    private void compare(String path, @Nullable TreeEntry expected, @Nullable TreeEntry actual, List<String> found) {
        if (expected == null || actual == null) {
            found.add("/" + path + ": " + (expected == null ? "should not be there" : "is missing"));
            return;
        }
        ASPECTS.forEach((aspect, value) -> note(path, aspect, value.apply(expected), value.apply(actual), found));
        boolean directory = expected.type() == 'd';
        if (!(directory && exceptions.contains(Except.DIRECTORY_LINKS))) {
            note(path, "links", expected.links(), actual.links(), found);
        }
        if (!(directory && exceptions.contains(Except.DIRECTORY_TIMES))) {
            note(path, "modified", expected.modified(), actual.modified(), found);
        }
    }

    private static void note(String path, String aspect, Object expected, Object actual, List<String> found) {
        if (!Objects.equals(expected, actual)) {
            found.add("/%s: %s is %s instead of %s".formatted(path, aspect, actual, expected));
        }
    }
}
