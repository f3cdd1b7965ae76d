package io.obd.snapshots.credentials;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.RegistryName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The credentials with which images were pulled, by repository: kept in memory, never written. They may be tokens, which
 * run out; so after some hours whoever can renew his is to be asked before them.
 */
public final class PulledCredentials {
    /** How long tokens of the large registries live. */
    private static final Duration RECENT = Duration.ofHours(12);

    private static final int MOST = 4096;

    private record Pulled(Credentials credentials, Instant at) {}

    private final InstantSource clock;
    private final Map<String, Pulled> byRepository = new LinkedHashMap<>();

    /** None yet. */
    public PulledCredentials(InstantSource clock) {
        this.clock = clock;
    }

    /** Keeps what an image of a repository is pulled with. */
    public synchronized void remember(String host, String repository, Credentials credentials) {
        String key = key(host, repository);
        byRepository.remove(key); // it becomes the newest
        byRepository.put(key, new Pulled(credentials, clock.instant()));
        if (byRepository.size() > MOST) {
            byRepository.remove(byRepository.keySet().iterator().next());
        }
    }

    /**
     * Keeps what an image of a repository is being pulled with, if there is nothing that counts for it yet.
     *
     * @return false if there is
     */
    public synchronized boolean rememberFirst(String host, String repository, Credentials credentials) {
        if (byRepository.containsKey(key(host, repository))) {
            return false;
        }
        remember(host, repository, credentials);
        return true;
    }

    /** They were of no use, unless others have been remembered since. */
    public synchronized void forget(String host, String repository, Credentials credentials) {
        byRepository.computeIfPresent(
                key(host, repository), (_, pulled) -> pulled.credentials().equals(credentials) ? null : pulled);
    }

    /** Those of the last hours. */
    public CredentialSource recent() {
        return source(RECENT);
    }

    /** All, however old. */
    public CredentialSource all() {
        return source(Duration.ofMillis(Long.MAX_VALUE));
    }

    private CredentialSource source(Duration age) {
        return new CredentialSource() {
            @Override
            public Optional<Credentials> find(String host, String repository) {
                return pulled(key(host, repository))
                        .filter(pulled ->
                                Duration.between(pulled.at(), clock.instant()).compareTo(age) < 0)
                        .map(Pulled::credentials);
            }

            @Override
            public String name() {
                return "what the image was pulled with";
            }
        };
    }

    private synchronized Optional<Pulled> pulled(String key) {
        return Optional.ofNullable(byRepository.get(key));
    }

    private static String key(String host, String repository) {
        return RegistryName.keyOf(host + "/" + repository);
    }
}
