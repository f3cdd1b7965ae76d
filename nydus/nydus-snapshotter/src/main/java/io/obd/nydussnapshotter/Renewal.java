package io.obd.nydussnapshotter;

import java.io.IOException;
import java.util.Collection;
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
 * Tells running daemons credentials that have changed: tokens run out while containers run. One thread does this; others
 * may ask for the images.
 */
final class Renewal {
    private static final Logger LOG = LoggerFactory.getLogger(Renewal.class);

    private final Supplier<Collection<Daemon>> daemons;
    private final InstanceConfigs configs;
    private final Events events;

    /** What was told last, by snapshot and the process that was told. */
    private final Map<String, Told> told = new ConcurrentHashMap<>();

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

    /** Looks once at the credentials of all images. */
    void run() {
        Set<String> present = new HashSet<>();
        for (Daemon daemon : daemons.get()) {
            Optional<DaemonProcess> process = daemon.process();
            for (RafsInstance instance : daemon.instances()) {
                String key = instance.snapshot() + " "
                        + process.map(DaemonProcess::pid).orElse(0L);
                present.add(key);
                if (process.isPresent()) {
                    tell(key, daemon, instance);
                }
            }
        }
        told.keySet().retainAll(present);
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
