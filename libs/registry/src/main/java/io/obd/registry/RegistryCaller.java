package io.obd.registry;

import java.io.IOException;
import java.util.Optional;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;

/** Sends requests to one host of a registry, with authentication. */
final class RegistryCaller {
    private static final int MAX_REDIRECTS = 10;

    private final HttpTransport transport;
    private final Authorizer authorizer;
    private final HttpUrl base;
    private final Headers headers;

    /**
     * @param base URL that paths are added to; a query stays behind them
     * @param headers for every request to this host
     */
    RegistryCaller(HttpTransport transport, Authorizer authorizer, HttpUrl base, Headers headers) {
        this.transport = transport;
        this.authorizer = authorizer;
        this.base = base;
        this.headers = headers;
    }

    HttpTransport transport() {
        return transport;
    }

    /** {@code /v2/<path>} of this host. */
    HttpUrl url(String path) {
        return base.newBuilder().addPathSegments(path).build();
    }

    Deadline deadline() {
        return Deadline.after(transport.config().operationTimeout());
    }

    Retry retry(Deadline deadline) {
        return new Retry(transport.config(), deadline);
    }

    /**
     * Sends a request to the host itself, authenticated. A 401 that new credentials or a new token may change is
     * dealt with; every other status is the caller's.
     */
    Response send(Request request, Access access, Deadline deadline) throws IOException {
        if (!isRegistry(request.url())) {
            return transport.send(request, deadline);
        }
        Request ours = withHeaders(request);
        Optional<String> header = authorizer.header(access, deadline);
        Response response = transport.send(with(ours, header), deadline);
        if (response.code() != 401) {
            return response;
        }
        String better = authorizer.renew(response, header.orElse(null), access, deadline);
        response.close();
        return transport.send(with(ours, Optional.of(better)), deadline);
    }

    /** Like {@link #send}, and follows redirects; what is not this host gets no credentials and no headers of its own. */
    Response sendFollowing(Request request, Access access, Deadline deadline) throws IOException {
        Response response = send(request, access, deadline);
        for (int hops = 0; isRedirect(response); hops++) {
            if (hops == MAX_REDIRECTS) {
                throw Failures.protocol(response, "more than " + MAX_REDIRECTS + " redirects");
            }
            HttpUrl target = location(response, transport.config().redirects());
            response.close();
            response = send(request.newBuilder().url(target).build(), access, deadline);
        }
        return response;
    }

    /** The failure that an answer means, with what is known about the credentials. */
    RegistryException failure(Response response, Access access) {
        boolean ours = isRegistry(response.request().url());
        boolean refused = response.code() == 401 || response.code() == 403;
        return Failures.of(response, ours && refused ? authorizer.hint(access) : "");
    }

    static boolean isRedirect(Response response) {
        return switch (response.code()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    /**
     * Where the Location of an answer leads.
     *
     * @throws RegistryException if it leads nowhere, or from TLS to plain HTTP
     */
    HttpUrl location(Response response) throws IOException {
        return location(response, RedirectTarget.UNCHANGED);
    }

    private HttpUrl location(Response response, RedirectTarget rule) throws IOException {
        String location = response.header("Location");
        HttpUrl said = location == null ? null : response.request().url().resolve(location);
        if (said == null) {
            throw Failures.protocol(response, "an answer without a usable Location");
        }
        HttpUrl target = rule.of(said);
        boolean plain = base.isHttps() && !target.isHttps();
        if (plain && !rule.isPlainHttp() && !transport.allowsPlainHttp(target)) {
            throw Failures.protocol(
                    response,
                    "Location leads to plain HTTP at " + target.host() + ", which is not allowed for that host");
        }
        return target;
    }

    /** What somebody else has to send to a URL in the place of this, if anything. */
    Optional<String> authorization(HttpUrl url, Access access, Deadline deadline) throws IOException {
        return isRegistry(url) ? authorizer.header(access, deadline) : Optional.empty();
    }

    private boolean isRegistry(HttpUrl url) {
        return url.scheme().equals(base.scheme()) && url.host().equals(base.host()) && url.port() == base.port();
    }

    private Request withHeaders(Request request) {
        if (headers.size() == 0) {
            return request;
        }
        Request.Builder ours = request.newBuilder();
        headers.names().forEach(ours::removeHeader);
        headers.forEach(header -> ours.addHeader(header.getFirst(), header.getSecond()));
        return ours.build();
    }

    private static Request with(Request request, Optional<String> authorization) {
        return authorization
                .map(value ->
                        request.newBuilder().header("Authorization", value).build())
                .orElse(request);
    }
}
