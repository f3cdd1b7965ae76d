package io.obd.nydussnapshotter;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The images of one daemon, and those of them that its process was told of. They are changed under the daemon's lock; any
 * thread may look at the state of the moment, and waits for nobody.
 */
final class ServedImages {
    private final Map<Long, RafsInstance> instances = new ConcurrentHashMap<>();
    private final Set<Long> told = ConcurrentHashMap.newKeySet();

    List<RafsInstance> all() {
        return List.copyOf(instances.values());
    }

    /** What they are called. */
    List<String> names() {
        return instances.values().stream().map(RafsInstance::image).toList();
    }

    Optional<RafsInstance> find(long snapshot) {
        return Optional.ofNullable(instances.get(snapshot));
    }

    /** @return whether it is a new one */
    boolean add(RafsInstance instance) {
        return instances.putIfAbsent(instance.snapshot(), instance) == null;
    }

    void remove(long snapshot) {
        told.remove(snapshot);
        instances.remove(snapshot);
    }

    void clear() {
        told.clear();
        instances.clear();
    }

    /** Whether the process was told of an image. */
    boolean isTold(long snapshot) {
        return told.contains(snapshot);
    }

    /** The process was told of an image. */
    void told(RafsInstance instance) {
        told.add(instance.snapshot());
    }

    /** There is a new process, which was told of none. */
    void untold() {
        told.clear();
    }
}
