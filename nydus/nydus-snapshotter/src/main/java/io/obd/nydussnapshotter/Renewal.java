package io.obd.nydussnapshotter;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells running daemons credentials that have changed: tokens run out while containers run. Not thread-safe: one thread
 * does this.
 */
final class Renewal {
    private static final Logger LOG = LoggerFactory.getLogger(Renewal.class);

    private final Supplier<Collection<Daemon>> daemons;
    private final InstanceConfigs configs;

    /** What was told last, by snapshot and the process that was told. */
    private final Map<String, String> told = new HashMap<>();

    Renewal(Supplier<Collection<Daemon>> daemons, InstanceConfigs configs) {
        this.daemons = daemons;
        this.configs = configs;
    }

    /** Looks once at the credentials of all images. */
    void run() throws IOException {
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

    private void tell(String key, Daemon daemon, RafsInstance instance) throws IOException {
        Optional<String> auth = configs.credentials(instance).flatMap(NydusdConfig::basic);
        if (auth.isEmpty() || auth.get().equals(told.get(key))) {
            return;
        }
        try {
            daemon.api().credentials(instance.id(), auth.get());
            told.put(key, auth.get());
            LOG.debug("nydusd {} has credentials for {}", daemon.id(), instance.image());
        } catch (NydusdException e) {
            LOG.warn("{} keeps its old credentials: {}", instance.image(), e.getMessage());
        }
    }
}
