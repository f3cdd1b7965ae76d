package io.obd.image;

import io.obd.registry.RegistryHost;
import io.obd.registry.RegistryHost.HostTls;
import io.obd.registry.RegistryHosts;
import io.obd.registry.RegistryName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Mirrors of every registry, which may be replaced at any time: what the snapshotter's {@code mirrorRegistry} lists. An
 * insecure one is spoken to by plain HTTP. Who is a mirror and a registry as well is not asked twice for his own images.
 */
public final class SharedMirrors {
    private record Mirror(RegistryName name, RegistryHost access) {}

    private volatile List<Mirror> mirrors = List.of();

    /**
     * Replaces all.
     *
     * @throws IllegalArgumentException if one is no {@code host[:port]}; then nothing has changed
     */
    public void set(List<ServiceConfig.Mirror> hosts) {
        List<Mirror> next = new ArrayList<>();
        for (ServiceConfig.Mirror host : hosts) {
            String url = (host.insecure() ? "http://" : "https://") + host.host();
            next.add(new Mirror(RegistryName.of(host.host()), RegistryHost.mirror(url, HostTls.NONE, Map.of())));
        }
        mirrors = List.copyOf(next);
    }

    /** These mirrors in their order, and then the hosts that others name. */
    RegistryHosts before(RegistryHosts others) {
        return registry -> {
            List<RegistryHost> hosts = new ArrayList<>();
            for (Mirror mirror : mirrors) {
                if (!mirror.name().equals(RegistryName.of(registry))) {
                    hosts.add(mirror.access());
                }
            }
            hosts.addAll(others.of(registry));
            return hosts;
        };
    }
}
