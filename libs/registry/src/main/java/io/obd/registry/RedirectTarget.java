package io.obd.registry;

import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * What takes the place of parts of a URL that a registry redirects to, for networks that reach its store another way.
 *
 * @param scheme {@code http} or {@code https}; empty to keep it. It counts as permission for plain HTTP
 * @param host {@code host[:port]}; empty to keep it, without a port that stays
 */
public record RedirectTarget(String scheme, String host) {
    /** Redirects lead where they say. */
    public static final RedirectTarget UNCHANGED = new RedirectTarget("", "");

    private static final Pattern PORT = Pattern.compile(":[0-9]+$");

    /**
     * @throws IllegalArgumentException if one is malformed
     */
    public RedirectTarget {
        if (!scheme.isEmpty() && !scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("\"" + scheme + "\" is neither http nor https");
        }
        if (!host.isEmpty() && !isHost(HttpUrl.parse("http://" + host))) {
            throw new IllegalArgumentException("\"" + host + "\" is not a host or host:port");
        }
    }

    private static boolean isHost(@Nullable HttpUrl url) {
        return url != null
                && url.encodedPath().equals("/")
                && url.username().isEmpty()
                && url.querySize() == 0
                && url.fragment() == null;
    }

    HttpUrl of(HttpUrl location) {
        if (equals(UNCHANGED)) {
            return location;
        }
        HttpUrl.Builder url = location.newBuilder();
        if (!scheme.isEmpty()) {
            url.scheme(scheme);
        }
        if (!host.isEmpty()) {
            HttpUrl other = HttpUrl.get("http://" + host);
            url.host(other.host());
            if (PORT.matcher(host).find()) {
                url.port(other.port());
            }
        }
        return url.build();
    }

    /** Whether somebody has said that plain HTTP will do. */
    boolean isPlainHttp() {
        return scheme.equals("http");
    }
}
