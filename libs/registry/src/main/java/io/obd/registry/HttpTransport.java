package io.obd.registry;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertPathBuilderException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.Credentials;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.Route;
import org.jspecify.annotations.Nullable;

/** Sends single requests by the rules of the configuration for their host: TLS, proxy, time limits. */
final class HttpTransport implements AutoCloseable {
    private static final String PROXY_AUTHORIZATION = "Proxy-Authorization";

    private static final int IDLE_CONNECTIONS = 64;
    private static final long IDLE_MINUTES = 5;

    private final RegistryConfig config;
    private final RunningCalls calls;
    private final OkHttpClient plain;
    private @Nullable OkHttpClient verified;
    private @Nullable OkHttpClient unverified;

    /**
     * @param secretHeaders whose values are not to be shown to whoever watches
     */
    HttpTransport(RegistryConfig config, RunningCalls calls, Set<String> secretHeaders) {
        this.config = config;
        this.calls = calls;
        OkHttpClient.Builder client = new OkHttpClient.Builder()
                .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT))
                // A connection per request that is under way: a slow answer then holds up no other.
                .protocols(List.of(Protocol.HTTP_1_1))
                // As many as fetches ahead use: a new connection is slow for several round trips.
                .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, IDLE_MINUTES, TimeUnit.MINUTES))
                .followRedirects(false)
                .followSslRedirects(false)
                .dns(new BoundedDns(Dns.SYSTEM, config.connectTimeout()))
                .connectTimeout(config.connectTimeout())
                .readTimeout(config.readTimeout())
                .writeTimeout(config.readTimeout())
                .proxySelector(new Selector(config.proxies()))
                .proxyAuthenticator(this::authenticateTunnel)
                .addNetworkInterceptor(this::authenticateAtProxy);
        this.plain = config.watch().attach(client, calls, secretHeaders).build();
    }

    /** Whether the configuration lets this host be spoken to by plain HTTP. */
    boolean allowsPlainHttp(HttpUrl url) {
        return config.isPlainHttp(url.host() + ":" + url.port());
    }

    RegistryConfig config() {
        return config;
    }

    /**
     * Sends a request and waits for the head of its answer, whatever it is. Redirects are not followed.
     *
     * @throws RegistryException if there is no answer
     */
    Response send(Request request, Deadline deadline) throws IOException {
        HttpUrl url = request.url();
        long left = deadline.left().toNanos();
        if (left <= 0) {
            throw new RegistryException.TimedOut(request.method(), url, "no time is left for the request", null);
        }
        String obstacle = config.proxies().obstacle(url).orElse(null);
        if (obstacle != null) {
            throw new RegistryException.Refused(request.method(), url, 0, obstacle);
        }
        Request.Builder ours = request.newBuilder().header("User-Agent", config.userAgent());
        Call call = client(url).newCall(config.watch().number(ours).build());
        call.timeout().timeout(left, TimeUnit.NANOSECONDS);
        String host = url.host() + ":" + url.port();
        long start = System.nanoTime();
        try {
            Response response = call.execute();
            config.requests().answered(host, response.code(), System.nanoTime() - start);
            requireProxyLetsPass(response);
            return response;
        } catch (IOException e) {
            if (e instanceof SSLException) {
                forgetCertificates();
            }
            RegistryException failure = failure(request.method(), url, e, seconds(System.nanoTime() - start));
            config.requests().unanswered(host, failure);
            throw failure;
        }
    }

    /** Without a tunnel, what a proxy says is an answer like any other. */
    private void requireProxyLetsPass(Response response) throws RegistryException {
        String way = response.code() == 407 ? way(response.request().url()) : "";
        if (!way.isEmpty()) {
            response.close();
            throw new RegistryException.Refused(
                    response.request().method(),
                    response.request().url(),
                    407,
                    "not let pass" + way + ": 407, " + ProxyRefusal.UNKNOWN_USER);
        }
    }

    private String way(HttpUrl url) {
        return config.proxies()
                .choose(url)
                .map(proxy -> " (through proxy " + proxy + ")")
                .orElse("");
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, " after %.1f s", nanos / 1e9);
    }

    /** What an I/O error of a connection amounts to. */
    RegistryException failure(String method, HttpUrl url, IOException e) {
        return failure(method, url, e, "");
    }

    /** @param waited for how long, if that is known */
    private RegistryException failure(String method, HttpUrl url, IOException e, String waited) {
        if (e instanceof RegistryException already) {
            return already;
        }
        if (calls.areAborted()) {
            return new RegistryException.Unreachable(method, url, "given up, as this client was told to", false, e);
        }
        String way = way(url);
        return switch (e) {
            case SocketTimeoutException _ ->
                new RegistryException.TimedOut(
                        method, url, "no answer in time" + waited + way + ": " + e.getMessage(), e);
            case InterruptedIOException _ ->
                new RegistryException.TimedOut(method, url, "not finished in time" + waited + way, e);
            case UnknownHostException _ ->
                new RegistryException.Unreachable(
                        method, url, "the host's name cannot be resolved" + way + ": " + e.getMessage(), true, e);
            case ConnectException _ ->
                new RegistryException.Unreachable(method, url, "cannot connect" + way + ": " + e.getMessage(), true, e);
            case SSLException _ ->
                new RegistryException.Unreachable(
                        method,
                        url,
                        "no TLS connection" + way + ": " + e.getMessage() + tlsAdvice(e),
                        hasCause(e, EOFException.class) || hasCause(e, SocketException.class),
                        e);
            default ->
                ProxyRefusal.of(e)
                        .map(refusal -> refusal.failure(method, url, way, e))
                        .orElseGet(() -> new RegistryException.Unreachable(
                                method, url, "the connection broke" + way + ": " + e.getMessage(), true, e));
        };
    }

    private static String tlsAdvice(IOException failure) {
        if (hasCause(failure, CertPathBuilderException.class)) {
            return "; if the registry has a private CA install it (update-ca-certificates), name it in SSL_CERT_FILE or"
                    + " SSL_CERT_DIR, or give it to this program as its documentation says";
        }
        return String.valueOf(failure.getMessage()).contains("Unsupported or unrecognized SSL message")
                ? "; if the registry speaks plain HTTP say so to this program, or in hosts.toml with server = \"http://...\""
                : "";
    }

    private static boolean hasCause(Throwable failure, Class<? extends Exception> type) {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    private OkHttpClient client(HttpUrl url) throws IOException {
        if (!url.isHttps()) {
            return plain;
        }
        return config.isInsecure(url.host() + ":" + url.port()) ? unverified() : verified();
    }

    void readCertificates() throws IOException {
        verified();
    }

    private synchronized OkHttpClient verified() throws IOException {
        if (verified == null) {
            verified = withTls(Tls.verified(config)).build();
        }
        return verified;
    }

    /** They may be about to be exchanged, here as on the registry: the next request reads their files again. */
    private synchronized void forgetCertificates() {
        verified = null;
        unverified = null;
    }

    private synchronized OkHttpClient unverified() throws IOException {
        if (unverified == null) {
            unverified = withTls(Tls.unverified(config))
                    .hostnameVerifier((host, session) -> true)
                    .build();
        }
        return unverified;
    }

    private OkHttpClient.Builder withTls(Tls tls) {
        return plain.newBuilder()
                .connectionSpecs(List.of(ConnectionSpec.MODERN_TLS))
                .sslSocketFactory(tls.sockets(), tls.trust());
    }

    /** For the CONNECT of an HTTPS request; asked beforehand, and again if the proxy refuses. */
    private @Nullable Request authenticateTunnel(@Nullable Route route, Response response) {
        Request request = response.request();
        boolean refused =
                request.header(PROXY_AUTHORIZATION) != null || !request.method().equals("CONNECT");
        if (refused) {
            return null;
        }
        HttpUrl target = route == null ? request.url() : route.address().url();
        return config.proxies()
                .choose(target)
                .filter(ProxyRules.Server::hasCredentials)
                .map(proxy -> withCredentials(request, proxy))
                .orElse(null);
    }

    /** For a plain HTTP request, which the proxy sees as it is. */
    private Response authenticateAtProxy(Interceptor.Chain chain) throws IOException {
        Request request = chain.request();
        Route route = Objects.requireNonNull(chain.connection()).route();
        if (request.isHttps() || route.proxy().type() != Proxy.Type.HTTP) {
            return chain.proceed(request);
        }
        return chain.proceed(config.proxies()
                .choose(request.url())
                .filter(ProxyRules.Server::hasCredentials)
                .map(proxy -> withCredentials(request, proxy))
                .orElse(request));
    }

    private static Request withCredentials(Request request, ProxyRules.Server proxy) {
        return request.newBuilder()
                .header(PROXY_AUTHORIZATION, Credentials.basic(proxy.user(), proxy.password(), StandardCharsets.UTF_8))
                .build();
    }

    @Override
    public void close() {
        plain.connectionPool().evictAll();
    }

    private static final class Selector extends ProxySelector {
        private final ProxyRules rules;

        Selector(ProxyRules rules) {
            this.rules = rules;
        }

        @Override
        public List<Proxy> select(URI uri) {
            HttpUrl url = Objects.requireNonNull(HttpUrl.get(uri));
            return List.of(rules.choose(url)
                    .map(proxy ->
                            new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.host(), proxy.port())))
                    .orElse(Proxy.NO_PROXY));
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException e) {
            // The request fails with the same error.
        }
    }
}
