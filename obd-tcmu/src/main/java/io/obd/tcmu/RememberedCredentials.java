package io.obd.tcmu;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.RegistryName;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Credentials that were handed over through the control socket: kept in memory, never written, forgotten when their
 * time is up. What the operator has configured for a repository counts before them.
 */
final class RememberedCredentials implements CredentialSource {
    private record Remembered(Credentials credentials, long until) {}

    private final Map<String, Remembered> byPrefix = new ConcurrentHashMap<>();
    private final CredentialSource configured;
    private final InstantSource clock;

    RememberedCredentials(CredentialSource configured, InstantSource clock) {
        this.configured = configured;
        this.clock = clock;
    }

    /**
     * Keeps credentials for a while.
     *
     * @param prefix a registry, {@code host[:port]}, or a repository there or one of its parents
     */
    void remember(String prefix, Credentials credentials, Duration time) {
        byPrefix.values().removeIf(remembered -> clock.millis() >= remembered.until());
        byPrefix.put(RegistryName.keyOf(prefix), new Remembered(credentials, clock.millis() + time.toMillis()));
    }

    @Override
    public Optional<Credentials> find(String host, String repository) throws IOException {
        Optional<Credentials> first = configured.find(host, repository);
        if (first.isPresent()) {
            return first;
        }
        // The longest prefix counts, as in the files of credentials.
        String prefix = RegistryName.keyOf(host + "/" + repository);
        while (true) {
            Credentials found = valid(prefix);
            if (found != null) {
                return Optional.of(found);
            }
            int slash = prefix.lastIndexOf('/');
            if (slash < 0) {
                return Optional.empty();
            }
            prefix = prefix.substring(0, slash);
        }
    }

    @Override
    public void forget(String host, String repository, Optional<Credentials> refused) {
        // Where it was handed over, the configured ones had nothing. It stays: others may come to count before it.
        configured.forget(host, repository, refused);
        configured.forget(host, repository, Optional.empty());
    }

    private @Nullable Credentials valid(String prefix) {
        Remembered remembered = byPrefix.get(prefix);
        if (remembered == null) {
            return null;
        }
        if (clock.millis() < remembered.until()) {
            return remembered.credentials();
        }
        byPrefix.remove(prefix, remembered);
        return null;
    }

    @Override
    public String name() {
        return configured.name() + " or among those that were handed over";
    }
}
