package io.obd.registry;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A registry under the one name that stands for all the ways to write it: in lower case, without the default port of HTTPS
 * or HTTP, and for Docker Hub {@code docker.io}. Credentials and rules are kept and looked up by it.
 *
 * @param text {@code host[:port]}
 */
public record RegistryName(String text) {
    private static final Pattern DEFAULT_PORT = Pattern.compile(":(?:443|80)$");

    /** The name of a registry that is written in some way. */
    public static RegistryName of(String host) {
        String name = DEFAULT_PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("");
        return new RegistryName(
                switch (name) {
                    case "index.docker.io", RegistryClient.DOCKER_HUB_API -> ImageReference.DOCKER_HUB;
                    default -> name;
                });
    }

    /**
     * The name of a registry in a configuration.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static RegistryName parse(String host) {
        if (host.contains("/")) {
            throw new IllegalArgumentException(
                    "a registry is named as in image names (docker.io, host:port), not by a URL or with a path");
        }
        return of(host);
    }

    /** The key of a place in a registry: its host under its name, and the path as it is. */
    public static String keyOf(String place) {
        int slash = place.indexOf('/');
        return slash < 0 ? of(place).text() : of(place.substring(0, slash)).text() + place.substring(slash);
    }

    @Override
    public String toString() {
        return text;
    }
}
