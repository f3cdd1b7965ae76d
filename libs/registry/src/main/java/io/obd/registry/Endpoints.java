package io.obd.registry;

import io.obd.registry.RegistryHost.Capability;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import okhttp3.HttpUrl;

/** The hosts that answer for one registry, in the order in which they are to be asked. */
final class Endpoints {
    static final Set<Capability> PULL = EnumSet.of(Capability.PULL);
    static final Set<Capability> RESOLVE = EnumSet.of(Capability.PULL, Capability.RESOLVE);
    static final Set<Capability> PUSH = EnumSet.of(Capability.PUSH);

    private final HttpUrl registry;
    private final RegistryConfig config;
    private final List<Endpoint> all;

    /**
     * @param registry the registry itself, for messages
     */
    Endpoints(HttpUrl registry, RegistryConfig config, List<Endpoint> all) {
        this.registry = registry;
        this.config = config;
        this.all = List.copyOf(all);
    }

    Deadline deadline() {
        return Deadline.after(config.operationTimeout());
    }

    Retry retry(Deadline deadline) {
        return new Retry(config, deadline);
    }

    /** What one host after the other is asked for, and all of them again if that may help, until the time is over. */
    <T> T ask(Set<Capability> wanted, Round.Step<RegistryCaller, T> step) throws IOException {
        List<Endpoint> hosts = capableOf(wanted);
        Deadline deadline = deadline();
        return retry(deadline).run(() -> Round.run(hosts, deadline, (host, until) -> step.run(host.caller(), until)));
    }

    /**
     * The hosts that may do this.
     *
     * @throws RegistryException if there is none
     */
    List<Endpoint> capableOf(Set<Capability> wanted) throws IOException {
        List<Endpoint> hosts = all.stream().filter(host -> host.canDo(wanted)).toList();
        if (hosts.isEmpty()) {
            throw new RegistryException.Refused(
                    "ask", registry, 0, "no host that answers for this registry has the capabilities " + wanted);
        }
        return hosts;
    }

    /** The host to push to: the first that may be, and no other. */
    RegistryCaller toPushTo() throws IOException {
        return capableOf(PUSH).getFirst().caller();
    }
}
