package io.obd.registry;

import java.util.Map;
import java.util.Optional;

/**
 * The part of docker's {@code config.json} that is about credentials.
 *
 * @param auths by {@link RegistryName#keyOf} host or host and repository
 * @param helpers names of credential helpers, by {@link RegistryName}
 * @param store name of the helper for all other hosts, empty for none
 */
record DockerConfig(Map<String, Credentials> auths, Map<String, String> helpers, String store) {
    static final DockerConfig EMPTY = new DockerConfig(Map.of(), Map.of(), "");

    /** What is written here for the longest prefix of a repository. */
    Optional<Credentials> find(String host, String repository) {
        String key = RegistryName.keyOf(host + "/" + repository);
        while (true) {
            Credentials found = auths.get(key);
            int slash = key.lastIndexOf('/');
            if (found != null || slash < 0) {
                return Optional.ofNullable(found);
            }
            key = key.substring(0, slash);
        }
    }

    /** The helper to be asked about a host: its own, or the one for all. */
    Optional<String> helper(String host) {
        return Optional.of(helpers.getOrDefault(RegistryName.of(host).text(), store))
                .filter(name -> !name.isEmpty());
    }
}
