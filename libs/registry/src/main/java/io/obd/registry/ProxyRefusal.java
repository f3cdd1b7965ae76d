package io.obd.registry;

import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * A proxy that does not make the tunnel it was asked for (CONNECT). OkHttp tells it in the text of an exception only.
 *
 * @param status of the proxy's answer
 */
record ProxyRefusal(int status) {
    /** What a proxy with 407 wants. */
    static final String UNKNOWN_USER = "the proxy wants a user and a password in its URL, and accepts no others";

    private static final Pattern STATUS = Pattern.compile("Unexpected response code for CONNECT: ([0-9]{3})");
    private static final String UNAUTHENTICATED = "Failed to authenticate with proxy";

    static Optional<ProxyRefusal> of(IOException failure) {
        String text = String.valueOf(failure.getMessage());
        if (text.equals(UNAUTHENTICATED)) {
            return Optional.of(new ProxyRefusal(407));
        }
        Matcher matcher = STATUS.matcher(text);
        return matcher.matches() ? Optional.of(new ProxyRefusal(Integer.parseInt(matcher.group(1)))) : Optional.empty();
    }

    /** @param way the proxy, in brackets */
    RegistryException failure(String method, HttpUrl url, String way, IOException cause) {
        boolean passes = status == 408 || status == 429 || status >= 500;
        if (passes) {
            return new RegistryException.Unreachable(
                    method, url, "no tunnel" + way + ": the proxy answers " + status, true, cause);
        }
        return new RegistryException.Refused(method, url, status, "no tunnel" + way + ": " + status + ", " + advice());
    }

    private String advice() {
        return switch (status) {
            case 407 -> UNKNOWN_USER;
            case 403 -> "the proxy forbids this host";
            default -> "the proxy does not connect to this host";
        };
    }
}
