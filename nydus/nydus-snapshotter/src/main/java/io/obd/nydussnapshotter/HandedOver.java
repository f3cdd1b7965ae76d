package io.obd.nydussnapshotter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a daemon has handed over for its successor, if the policy is failover; with another one there is nothing. */
final class HandedOver {
    private static final Logger LOG = LoggerFactory.getLogger(HandedOver.class);

    private final String daemon;
    private final Optional<Supervisor> supervisor;

    HandedOver(DaemonFiles files, RecoverPolicy policy) {
        this.daemon = files.id();
        this.supervisor =
                policy == RecoverPolicy.FAILOVER ? Optional.of(new Supervisor(files.supervisor())) : Optional.empty();
    }

    /** Where processes of the daemon are to find who keeps it. */
    Optional<Path> socket() {
        return supervisor.map(Supervisor::socket);
    }

    /** Whether there is something to go on with. */
    boolean isThere() {
        return supervisor.isPresent() && supervisor.get().holds();
    }

    /** Gets it after a change of what is served: what was handed over before is of no use then. */
    void renew(NydusdClient serving) throws IOException {
        if (!renewUnchanged(serving)) {
            forget();
        }
    }

    /**
     * Gets it again when nothing has changed: if that fails, what was handed over before is as good.
     *
     * @return whether it came, or nothing is kept anyway
     */
    boolean renewUnchanged(NydusdClient serving) {
        if (supervisor.isEmpty()) {
            return true;
        }
        try {
            supervisor.get().receive(serving::sendDescriptor);
            return true;
        } catch (IOException e) {
            LOG.warn("nydusd {} does not hand over what a successor needs: {}", daemon, e.getMessage());
            return false;
        }
    }

    /**
     * Gets it for a successor that is to take the place of a process that runs.
     *
     * @throws IOException if it does not come, or the policy is another one
     */
    void require(NydusdClient serving) throws IOException {
        supervisor
                .orElseThrow(() -> new IOException(
                        "nydusd " + daemon + " cannot be exchanged: daemon.recover_policy has to be failover"))
                .receive(serving::sendDescriptor);
    }

    /** Gives it to a successor; it stays here as well. */
    void give(NydusdClient successor) throws IOException {
        supervisor
                .orElseThrow(() -> new IllegalStateException("nothing was kept of nydusd " + daemon))
                .give(successor::takeOver);
    }

    /** Lets go of it: if no daemon has the mount, its readers get errors now. */
    void forget() throws IOException {
        if (supervisor.isPresent()) {
            supervisor.get().forget();
        }
    }
}
