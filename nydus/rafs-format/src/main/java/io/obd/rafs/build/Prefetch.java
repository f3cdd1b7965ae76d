package io.obd.rafs.build;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is to be fetched before it is asked for: paths of files and directories. */
public final class Prefetch {
    private static final Logger LOG = LoggerFactory.getLogger(Prefetch.class);

    private static final ByteString ROOT = ByteString.of("/");

    private final Policy policy;
    private final Map<ByteString, Integer> patterns = new LinkedHashMap<>();

    /** Where it is written down. */
    public enum Policy {
        NONE,
        /** In a table of the bootstrap. */
        FS,
        /** As the number of bytes at the beginning of the blob; in version 5 only. */
        BLOB
    }

    private Prefetch(Policy policy) {
        this.policy = policy;
    }

    /** Nothing. */
    public static Prefetch none() {
        return new Prefetch(Policy.NONE);
    }

    /** @param paths absolute ones; those below another one are left out, and so are others, which is logged */
    public static Prefetch of(Policy policy, List<ByteString> paths) {
        Prefetch prefetch = new Prefetch(policy);
        for (ByteString path : paths) {
            ByteString trimmed = withoutSlashes(path);
            if (!trimmed.startsWith(ROOT)) {
                if (trimmed.length() > 0) {
                    LOG.warn("nothing is prefetched for '{}', which is no absolute path", trimmed);
                }
            } else if (prefetch.patternOf(trimmed) < 0) {
                prefetch.patterns.put(trimmed, prefetch.patterns.size());
            }
        }
        return prefetch;
    }

    public Policy policy() {
        return policy;
    }

    private static ByteString withoutSlashes(ByteString path) {
        int end = path.length();
        while (end > 1 && path.at(end - 1) == '/') {
            end--;
        }
        return path.slice(0, end);
    }

    /** Index of the pattern that a path is or is below, or -1. */
    private int patternOf(ByteString path) {
        for (ByteString above = path; above.length() > 0; above = parent(above)) {
            Integer pattern = patterns.get(above);
            if (pattern != null) {
                return pattern;
            }
            if (above.equals(ROOT)) {
                break;
            }
        }
        return -1;
    }

    private static ByteString parent(ByteString path) {
        for (int i = path.length() - 1; i > 0; i--) {
            if (path.at(i) == '/') {
                return path.slice(0, i);
            }
        }
        return ROOT;
    }

    /** The files and directories of a tree that have one of the paths, in the order of these; no empty files. */
    public List<Node> table(Node root) {
        List<Node> found = new ArrayList<>();
        if (policy != Policy.FS) {
            return found;
        }
        for (ByteString path : patterns.keySet()) {
            Node node = find(root, path);
            if (node != null && !(node.isRegular() && node.size() == 0)) {
                found.add(node);
            }
        }
        return found;
    }

    /** The file or directory of an absolute path, or null. */
    static @Nullable Node find(Node root, ByteString path) {
        Node node = root;
        for (int at = 1; node != null && at < path.length(); ) {
            int slash = path.indexOf('/', at);
            int end = slash < 0 ? path.length() : slash;
            node = node.child(path.slice(at, end));
            at = end + 1;
        }
        return node;
    }

    /** The regular files of a tree in the order in which content is stored, each once. */
    Order order(Node root) {
        List<List<Node>> wanted = new ArrayList<>();
        patterns.forEach((_, _) -> wanted.add(new ArrayList<>()));
        List<Node> others = new ArrayList<>();
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Place> rest = new ArrayDeque<>(List.of(new Place(ROOT, root)));
        for (Place place = rest.poll(); place != null; place = rest.poll()) {
            collect(place, rest, seen, wanted, others);
        }
        List<Node> first = wanted.stream().flatMap(List::stream).toList();
        return new Order(first, others);
    }

    /**
     * @param wanted files to prefetch
     * @param others the rest
     */
    record Order(List<Node> wanted, List<Node> others) {}

    private record Place(ByteString path, Node directory) {}

    /** Leaves the directories in it for later, the first of them before all that is left already. */
    private void collect(Place place, Deque<Place> rest, Set<Node> seen, List<List<Node>> wanted, List<Node> others) {
        ByteString prefix = place.path().equals(ROOT) ? ROOT : place.path().concat(ROOT);
        place.directory().children().forEach((name, node) -> {
            if (node.isRegular() && seen.add(node)) {
                int pattern = patterns.isEmpty() ? -1 : patternOf(prefix.concat(name));
                (pattern < 0 ? others : wanted.get(pattern)).add(node);
            }
        });
        place.directory().children().descendingMap().forEach((name, node) -> {
            if (node.isDirectory()) {
                rest.push(new Place(prefix.concat(name), node));
            }
        });
    }
}
