package io.obd.registry;

import io.obd.registry.RegistryHost.Capability;
import java.util.Set;

/** One host that answers for a registry. */
final class Endpoint implements Candidate {
    private final RegistryCaller caller;
    private final Set<Capability> capabilities;
    private final Avoidance avoidance = new Avoidance();

    Endpoint(RegistryCaller caller, Set<Capability> capabilities) {
        this.caller = caller;
        this.capabilities = capabilities;
    }

    RegistryCaller caller() {
        return caller;
    }

    boolean canDo(Set<Capability> wanted) {
        return capabilities.containsAll(wanted);
    }

    @Override
    public boolean isAvoided() {
        return avoidance.isOn();
    }

    /** A host that is down or overloaded is avoided; that it has not got one thing says nothing about others. */
    @Override
    public void failed(RegistryException failure) {
        switch (failure) {
            case RegistryException.Unreachable _,
                    RegistryException.TimedOut _,
                    RegistryException.ServerError _,
                    RegistryException.TooManyRequests _ -> avoidance.begin();
            default -> {}
        }
    }
}
