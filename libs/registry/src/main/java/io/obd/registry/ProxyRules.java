package io.obd.registry;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which proxy a request takes: that of its scheme, unless the host is excepted. An exception is {@code *}, a domain
 * (which means its subdomains too; with a leading dot only those), an address or a CIDR range, each optionally with
 * {@code :port}; what is none of these is left out with a warning. The proxies of the environment are not for this host
 * itself ({@code localhost}, {@code 127.0.0.0/8}, {@code ::1}).
 */
public final class ProxyRules {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyRules.class);

    private static final List<Bypass> LOOPBACK =
            Stream.of("localhost", "127.0.0.0/8", "::1").map(Bypass::parse).toList();

    private final Way forHttp;
    private final Way forHttps;
    private final List<Bypass> bypasses;

    /** The way that the requests of a scheme take. */
    private sealed interface Way {}

    private record Direct() implements Way {}

    private record Through(Server server) implements Way {}

    /** None: what is said about it cannot be done. */
    private record Obstructed(String problem) implements Way {}

    private ProxyRules(Way forHttp, Way forHttps, List<Bypass> bypasses) {
        this.forHttp = forHttp;
        this.forHttps = forHttps;
        this.bypasses = bypasses;
    }

    /** No proxy for anything. */
    public static ProxyRules none() {
        return new ProxyRules(new Direct(), new Direct(), List.of());
    }

    /**
     * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or the same in lower case. A proxy that cannot be used fails the requests that
     * would take it.
     */
    public static ProxyRules fromEnvironment(Map<String, String> environment) {
        List<Bypass> bypasses = new ArrayList<>(LOOPBACK);
        bypasses.addAll(bypasses(value(environment, "NO_PROXY")));
        return new ProxyRules(way(environment, "HTTP_PROXY"), way(environment, "HTTPS_PROXY"), List.copyOf(bypasses));
    }

    /**
     * The given proxy for all requests but the excepted ones.
     *
     * @param proxy {@code http://[user:password@]host:port}
     * @param environment has the exceptions, as {@code NO_PROXY}, if there are any
     * @throws IllegalArgumentException if it is no proxy that can be used
     */
    public static ProxyRules explicit(String proxy, Map<String, String> environment) {
        Way through = new Through(Server.parse(proxy));
        return new ProxyRules(through, through, bypasses(value(environment, "NO_PROXY")));
    }

    /** The proxy for this URL, if it takes one. */
    Optional<Server> choose(HttpUrl url) {
        return way(url) instanceof Through(Server server) ? Optional.of(server) : Optional.empty();
    }

    /** Why nothing can be sent to this URL, if that is so: names the variable and what to do. */
    Optional<String> obstacle(HttpUrl url) {
        return way(url) instanceof Obstructed(String problem) ? Optional.of(problem) : Optional.empty();
    }

    private Way way(HttpUrl url) {
        boolean excepted = bypasses.stream().anyMatch(bypass -> bypass.matches(url.host(), url.port()));
        return excepted ? new Direct() : url.isHttps() ? forHttps : forHttp;
    }

    private static Way way(Map<String, String> environment, String variable) {
        String value = value(environment, variable);
        if (value.isEmpty()) {
            return new Direct();
        }
        try {
            return new Through(Server.parse(value));
        } catch (IllegalArgumentException e) {
            return new Obstructed(
                    variable + ": " + e.getMessage() + "; correct it, or name hosts that need no proxy in NO_PROXY");
        }
    }

    private static String value(Map<String, String> environment, String variable) {
        String upper = environment.getOrDefault(variable, "").strip();
        return upper.isEmpty()
                ? environment
                        .getOrDefault(variable.toLowerCase(Locale.ROOT), "")
                        .strip()
                : upper;
    }

    private static List<Bypass> bypasses(String list) {
        List<Bypass> bypasses = new ArrayList<>();
        for (String entry : list.split(",")) {
            if (entry.isBlank()) {
                continue;
            }
            try {
                bypasses.add(Bypass.parse(entry.strip().toLowerCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                LOG.warn("NO_PROXY: {}: left out", e.getMessage());
            }
        }
        return List.copyOf(bypasses);
    }

    /** An HTTP proxy. Its text does not show the password. */
    record Server(String host, int port, String user, String password) {

        static Server parse(String text) {
            String url = text.contains("://") ? text : "http://" + text;
            if (!url.regionMatches(true, 0, "http://", 0, 7)) {
                throw new IllegalArgumentException(
                        "a proxy of scheme " + url.substring(0, url.indexOf("://")) + " is not supported (http is)");
            }
            HttpUrl parsed = HttpUrl.parse(url);
            if (parsed == null) {
                throw new IllegalArgumentException("not the URL of a proxy (http://[user:password@]host:port)");
            }
            return new Server(parsed.host(), parsed.port(), parsed.username(), parsed.password());
        }

        boolean hasCredentials() {
            return !user.isEmpty();
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /** One entry of NO_PROXY. */
    private record Bypass(String host, int port, @Nullable InetAddress network, int prefix) {
        private static final int ANY_PORT = -1;

        static Bypass parse(String entry) {
            int slash = entry.indexOf('/');
            if (slash > 0) {
                InetAddress network = address(entry.substring(0, slash));
                int prefix = number(entry.substring(slash + 1));
                if (network != null && prefix >= 0 && prefix <= bits(network)) {
                    return new Bypass(entry, ANY_PORT, network, prefix);
                }
                throw new IllegalArgumentException("not a host and not a network: " + entry);
            }
            String host = entry;
            int port = ANY_PORT;
            int colon = entry.lastIndexOf(':');
            if (colon > entry.lastIndexOf(']') && (entry.indexOf(':') == colon || entry.startsWith("["))) {
                host = entry.substring(0, colon);
                port = number(entry.substring(colon + 1));
                if (port < 0) {
                    throw new IllegalArgumentException("not a port: " + entry);
                }
            }
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            InetAddress address = address(host);
            if (host.startsWith("*.")) {
                host = host.substring(1);
            }
            return new Bypass(host, port, address, address == null ? 0 : bits(address));
        }

        boolean matches(String wanted, int wantedPort) {
            if (port != ANY_PORT && port != wantedPort) {
                return false;
            }
            if (host.equals("*")) {
                return true;
            }
            if (network != null) {
                InetAddress address = address(wanted);
                return address != null && samePrefix(network, address, prefix);
            }
            return host.startsWith(".") ? wanted.endsWith(host) : wanted.equals(host) || wanted.endsWith("." + host);
        }

        private static boolean samePrefix(InetAddress network, InetAddress address, int bits) {
            byte[] a = network.getAddress();
            byte[] b = address.getAddress();
            if (a.length != b.length) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                int mask = 0x80 >> (i % 8);
                if ((a[i / 8] & mask) != (b[i / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }

        private static int bits(InetAddress address) {
            return address.getAddress().length * 8;
        }

        private static @Nullable InetAddress address(String text) {
            try {
                return InetAddress.ofLiteral(text);
            } catch (IllegalArgumentException e) {
                return null;
            }
        }

        private static int number(String text) {
            return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : -1;
        }
    }
}
