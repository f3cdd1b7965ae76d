package io.obd.snapshots;

import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * All records in memory, as they are on disk: whoever reads waits for nobody. One thread at a time changes them, after
 * the change is durable. A reader may meet a change half way: a snapshot that is being committed may be found by both
 * of its names, one that is being removed by its id alone.
 */
final class Records {
    private final ConcurrentNavigableMap<Long, Snapshot> byId = new ConcurrentSkipListMap<>();
    private final ConcurrentMap<String, Snapshot> byName = new ConcurrentHashMap<>();
    private final ConcurrentMap<Long, Usage> usages = new ConcurrentHashMap<>();

    /** The ids of those that lie on a snapshot, by its name; that of a committed snapshot never changes. */
    private final ConcurrentMap<String, Set<Long>> children = new ConcurrentHashMap<>();

    Optional<Snapshot> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    Optional<Usage> usage(long id) {
        return Optional.ofNullable(usages.get(id));
    }

    /** All of them in the order of their ids. Those that come or go meanwhile may be among them or not. */
    Iterator<Snapshot> iterator() {
        return byId.values().iterator();
    }

    Set<Long> ids() {
        return new HashSet<>(byId.keySet());
    }

    boolean hasChildren(Snapshot snapshot) {
        return children.containsKey(snapshot.name());
    }

    /** Whether an active snapshot or a view lies on it, with nothing but ordinary layers between. */
    boolean isShown(String name) {
        for (long id : children.getOrDefault(name, Set.of())) {
            Snapshot child = byId.get(id);
            if (child != null
                    && child.layer().equals(Layer.ORDINARY)
                    && (child.kind() != Kind.COMMITTED || isShown(child.name()))) {
                return true;
            }
        }
        return false;
    }

    /** Adds a record, or puts it in the place of the one with its id. */
    void put(Snapshot snapshot) {
        Snapshot before = byId.put(snapshot.id(), snapshot);
        byName.put(snapshot.name(), snapshot);
        link(snapshot);
        if (before != null) {
            if (!before.name().equals(snapshot.name())) {
                byName.remove(before.name());
            }
            if (!before.parent().equals(snapshot.parent())) {
                unlink(before);
            }
        }
    }

    void put(long id, Usage usage) {
        usages.put(id, usage);
    }

    void remove(Snapshot snapshot) {
        byName.remove(snapshot.name());
        byId.remove(snapshot.id());
        usages.remove(snapshot.id());
        unlink(snapshot);
    }

    private void link(Snapshot child) {
        if (child.hasParent()) {
            children.computeIfAbsent(child.parent(), parent -> ConcurrentHashMap.newKeySet())
                    .add(child.id());
        }
    }

    private void unlink(Snapshot child) {
        children.computeIfPresent(child.parent(), (parent, ids) -> {
            ids.remove(child.id());
            return ids.isEmpty() ? null : ids;
        });
    }
}
