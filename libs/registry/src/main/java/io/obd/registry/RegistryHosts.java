package io.obd.registry;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Which hosts answer for a registry. It is asked whenever a repository is opened, so that changes count at once. */
@FunctionalInterface
public interface RegistryHosts {

    /** Every registry answers for itself. */
    RegistryHosts THEMSELVES = registry -> List.of(RegistryHost.REGISTRY);

    /**
     * The hosts of a registry in the order in which they are to be asked: mirrors first, the registry last.
     *
     * @param registry as image names have it: {@code docker.io}, {@code localhost:5000}
     * @throws IOException if what is said about that registry cannot be read or makes no sense
     */
    List<RegistryHost> of(String registry) throws IOException;

    /** These hosts, with some registries' mirrors before them. */
    default RegistryHosts behind(Map<RegistryName, List<RegistryHost>> mirrors) {
        return registry -> Stream.concat(
                        mirrors.getOrDefault(RegistryName.of(registry), List.of()).stream(), of(registry).stream())
                .toList();
    }
}
