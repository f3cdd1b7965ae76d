package io.obd.nydussnapshotter;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells running daemons credentials that have changed: tokens run out while containers run. One thread has it done; each
 * daemon is told by a thread of its own, so that one that does not answer holds up no other.
 */
final class Renewal {
    private static final Logger LOG = LoggerFactory.getLogger(Renewal.class);

    private final Supplier<Collection<Daemon>> daemons;
    private final InstanceConfigs configs;
    private final Events events;

    /** What was told last, by snapshot and the process that was told. */
    private final Map<String, Told> told = new ConcurrentHashMap<>();

    /** The daemons that are being told something. */
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    private record Told(String image, String auth) {}

    /** Is told of each attempt to tell a daemon something. */
    interface Events {
        void renewed(String image, boolean succeeded);
    }

    Renewal(Supplier<Collection<Daemon>> daemons, InstanceConfigs configs, Events events) {
        this.daemons = daemons;
        this.configs = configs;
        this.events = events;
    }

    /** The images whose daemons have been told credentials. */
    Set<String> images() {
        return told.values().stream().map(Told::image).collect(Collectors.toUnmodifiableSet());
    }

    /** Begins to look once at the credentials of all images, but for those of daemons with which the last look goes on. */
    void run() {
        Set<String> present = new HashSet<>();
        for (Daemon daemon : daemons.get()) {
            Optional<DaemonProcess> process = daemon.process();
            Map<String, RafsInstance> instances = new HashMap<>();
            for (RafsInstance instance : daemon.instances()) {
                instances.put(
                        instance.snapshot() + " "
                                + process.map(DaemonProcess::pid).orElse(0L),
                        instance);
            }
            present.addAll(instances.keySet());
            if (process.isPresent() && underWay.add(daemon.id())) {
                Thread.ofVirtual().name("renewal-" + daemon.id()).start(() -> tellAll(daemon, instances));
            }
        }
        told.keySet().retainAll(present);
    }

    private void tellAll(Daemon daemon, Map<String, RafsInstance> instances) {
        try {
            instances.forEach((key, instance) -> tell(key, daemon, instance));
        } catch (RuntimeException e) { // the edge of the thread
            LOG.error("nydusd {} may keep its old credentials", daemon.id(), e);
        } finally {
            underWay.remove(daemon.id());
        }
    }

    private void tell(String key, Daemon daemon, RafsInstance instance) {
        try {
            Optional<Told> now = configs.credentials(instance)
                    .flatMap(NydusdConfig::basic)
                    .map(auth -> new Told(instance.image(), auth));
            if (now.isEmpty() || now.get().equals(told.get(key))) {
                return;
            }
            daemon.api().credentials(instance.id(), now.get().auth());
            told.put(key, now.get());
            events.renewed(instance.image(), true);
            LOG.debug("nydusd {} has credentials for {}", daemon.id(), instance.image());
        } catch (IOException e) {
            events.renewed(instance.image(), false);
            LOG.warn("{} keeps its old credentials: {}", instance.image(), e.getMessage());
        }
    }
}
