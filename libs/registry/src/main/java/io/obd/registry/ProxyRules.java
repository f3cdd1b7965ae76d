package io.obd.registry;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Which proxy a request takes: that of its scheme, unless the host is excepted. An exception is {@code *}, a domain
 * (which means its subdomains too; with a leading dot only those), an address or a CIDR range, each optionally with
 * {@code :port}. Unlike other programs this one excepts no host by itself, not even the loopback ones: name them.
 */
public final class ProxyRules {
    private final @Nullable Server forHttp;
    private final @Nullable Server forHttps;
    private final List<Bypass> bypasses;

    private ProxyRules(@Nullable Server forHttp, @Nullable Server forHttps, List<Bypass> bypasses) {
        this.forHttp = forHttp;
        this.forHttps = forHttps;
        this.bypasses = bypasses;
    }

    /** No proxy for anything. */
    public static ProxyRules none() {
        return new ProxyRules(null, null, List.of());
    }

    /**
     * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or the same in lower case.
     *
     * @throws IllegalArgumentException if one is malformed; the text names the variable
     */
    public static ProxyRules fromEnvironment(Map<String, String> environment) {
        return new ProxyRules(
                server(environment, "HTTP_PROXY"),
                server(environment, "HTTPS_PROXY"),
                bypasses(value(environment, "NO_PROXY")));
    }

    /**
     * The given proxy for all requests but the excepted ones.
     *
     * @param proxy {@code http://[user:password@]host:port}
     * @param environment has the exceptions, as {@code NO_PROXY}, if there are any
     * @throws IllegalArgumentException if one is malformed
     */
    public static ProxyRules explicit(String proxy, Map<String, String> environment) {
        Server server = Server.parse(proxy, "proxy");
        return new ProxyRules(server, server, bypasses(value(environment, "NO_PROXY")));
    }

    /** The proxy for this URL, if it takes one. */
    Optional<Server> choose(HttpUrl url) {
        Server server = url.isHttps() ? forHttps : forHttp;
        boolean excepted = bypasses.stream().anyMatch(bypass -> bypass.matches(url.host(), url.port()));
        return excepted ? Optional.empty() : Optional.ofNullable(server);
    }

    private static @Nullable Server server(Map<String, String> environment, String variable) {
        String value = value(environment, variable);
        return value.isEmpty() ? null : Server.parse(value, variable);
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
            if (!entry.isBlank()) {
                bypasses.add(Bypass.parse(entry.strip().toLowerCase(Locale.ROOT)));
            }
        }
        return List.copyOf(bypasses);
    }

    /** An HTTP proxy. Its text does not show the password. */
    record Server(String host, int port, String user, String password) {

        static Server parse(String text, String variable) {
            String url = text.contains("://") ? text : "http://" + text;
            if (!url.regionMatches(true, 0, "http://", 0, 7)) {
                throw new IllegalArgumentException(variable + ": a proxy of scheme "
                        + url.substring(0, url.indexOf("://")) + " is not supported (http is)");
            }
            HttpUrl parsed = HttpUrl.parse(url);
            if (parsed == null) {
                throw new IllegalArgumentException(variable + " is not a proxy URL (http://[user:password@]host:port)");
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
                throw new IllegalArgumentException("NO_PROXY: not a network: " + entry);
            }
            String host = entry;
            int port = ANY_PORT;
            int colon = entry.lastIndexOf(':');
            if (colon > entry.lastIndexOf(']') && (entry.indexOf(':') == colon || entry.startsWith("["))) {
                host = entry.substring(0, colon);
                port = number(entry.substring(colon + 1));
                if (port < 0) {
                    throw new IllegalArgumentException("NO_PROXY: not a port: " + entry);
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
