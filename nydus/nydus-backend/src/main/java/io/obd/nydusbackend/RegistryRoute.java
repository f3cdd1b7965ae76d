package io.obd.nydusbackend;

import io.obd.block.BlobReader;
import io.obd.nydusbackend.config.BasicAuth;
import io.obd.nydusbackend.config.Settings;
import io.obd.rafs.data.BlobSource;
import io.obd.registry.Digest;
import io.obd.registry.ProxyRules;
import io.obd.registry.RedirectTarget;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryException;
import io.obd.registry.RegistryHost;
import io.obd.registry.RemoteBlob;
import io.obd.registry.Repository;
import io.obd.registry.RetryPolicy;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blobs of a repository, and the way to it, which may change while it is used: through another proxy, past one that
 * does not work, without TLS where the registry has none.
 */
public final class RegistryRoute implements BlobSource, Closeable {
    private static final Logger log = LoggerFactory.getLogger(RegistryRoute.class);

    private static final String USER_AGENT = "nydusd/1.0.0";
    private static final long UNKNOWN_SIZE = -1;
    /** No limit: what a registry is asked for may take as long as it answers at all. */
    private static final Duration NO_LIMIT = Duration.ofHours(1);

    private final Settings.Registry registry;
    private final Map<String, List<String>> headers;
    private final RegistryClient client;
    private final RuntimeCredentials credentials = new RuntimeCredentials();
    private final @Nullable ProxyHealth health;
    private volatile String proxy;
    private volatile String scheme;
    private volatile Repository repository;

    private RegistryRoute(Settings.Registry registry, Map<String, List<String>> headers) throws IOException {
        this.registry = registry;
        this.headers = headers;
        this.scheme = registry.scheme();
        this.proxy = named("proxy.url", () -> checked(registry.proxy().url()));
        RedirectTarget redirects = named(
                "blob_url_scheme or blob_redirected_host",
                () -> new RedirectTarget(registry.blobScheme(), registry.blobHost()));
        BasicAuth.parse(registry.auth()).ifPresent(credentials::set);
        Settings.Proxy rules = registry.proxy();
        boolean isAsked = !proxy.isEmpty() && !rules.pingUrl().isEmpty() && rules.fallback();
        this.health = isAsked ? new ProxyHealth(rules, seconds(registry.connectTimeoutSeconds()), this::turn) : null;
        this.client = new RegistryClient(config(redirects), credentials);
        this.repository = named("host, repo, registry_token or NYDUS_HEADER_…", () -> repository(scheme));
    }

    /**
     * The way that a configuration says. Nothing is read or connected yet.
     *
     * @param headers sent with every request to the registry
     * @throws IOException if a value cannot be used; the text names its key
     */
    static RegistryRoute of(Settings.Registry registry, Map<String, List<String>> headers) throws IOException {
        RegistryRoute route = new RegistryRoute(registry, headers);
        if (route.health != null) {
            route.health.start();
        }
        return route;
    }

    private interface Value<T> {
        T get() throws IOException;
    }

    private static <T> T named(String key, Value<T> value) throws IOException {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new IOException("backend.registry " + key + ": " + e.getMessage());
        }
    }

    private RegistryConfig config(RedirectTarget redirects) {
        RegistryConfig.Builder config = RegistryConfig.builder()
                .caFiles(registry.caFiles())
                .proxies(ProxyRules.none())
                .connectTimeout(seconds(registry.connectTimeoutSeconds()))
                .readTimeout(seconds(registry.timeoutSeconds()))
                .operationTimeout(NO_LIMIT)
                .retries(new RetryPolicy(registry.retries() + 1, Duration.ofMillis(100), Duration.ofSeconds(5)))
                .userAgent(USER_AGENT)
                .redirects(redirects)
                .hosts(_ -> hosts());
        if (registry.skipVerify()) {
            config.insecureHosts(Set.of(RegistryConfig.ALL_HOSTS));
        }
        return config.build();
    }

    private static Duration seconds(int seconds) {
        return seconds == 0 ? NO_LIMIT : Duration.ofSeconds(seconds);
    }

    /** @throws IllegalArgumentException if it is no proxy */
    private static String checked(String url) {
        if (!url.isEmpty()) {
            var _ = ProxyRules.explicit(url, Map.of());
        }
        return url;
    }

    /** The registry, and before it the registry through the proxy. */
    private List<RegistryHost> hosts() {
        String through = proxy;
        boolean fallback = registry.proxy().fallback();
        List<RegistryHost> hosts = new ArrayList<>();
        if (!through.isEmpty() && (health == null || health.isWell())) {
            boolean plain = registry.proxy().useHttp() && scheme.equals("https");
            hosts.add(host(plain ? URI.create("http://" + registry.host() + "/v2/") : null, through));
        }
        if (hosts.isEmpty() || fallback) {
            hosts.add(host(null, null));
        }
        return List.copyOf(hosts);
    }

    private RegistryHost host(@Nullable URI api, @Nullable String through) {
        return new RegistryHost(
                api,
                EnumSet.of(RegistryHost.Capability.PULL, RegistryHost.Capability.RESOLVE),
                RegistryHost.HostTls.NONE,
                headers,
                null,
                through);
    }

    private Repository repository(String by) throws IOException {
        return client.repositoryAt(by + "://" + registry.host() + "/v2/" + registry.repository() + "/blobs");
    }

    /** The way has changed. */
    private synchronized void turn() {
        try {
            repository = repository(scheme);
        } catch (IOException e) {
            // Only reading the rules for hosts could fail, and there is nothing to read.
            log.error("the way to the registry stays as it is: {}", e.getMessage());
        }
    }

    /** Credentials, which can be replaced. */
    public RuntimeCredentials credentials() {
        return credentials;
    }

    /** The proxy now, without user and password; empty if there is none. */
    public String proxy() {
        return proxy.replaceFirst("(://)[^/@]*@", "$1");
    }

    /**
     * Replaces the proxy, from the next read on.
     *
     * @param url empty for none
     * @throws IllegalArgumentException if it is no proxy
     */
    public void useProxy(String url) {
        proxy = checked(url);
        turn();
    }

    /** The proxy now, with its password, if it is not that of the configuration: for who goes on in the place of this. */
    public Optional<String> replacedProxy() {
        return Optional.of(proxy).filter(now -> !now.equals(registry.proxy().url()));
    }

    @Override
    public BlobReader open(String id) throws IOException {
        Digest digest;
        try {
            digest = Digest.parse("sha256:" + id);
        } catch (IllegalArgumentException e) {
            throw new IOException("blob " + id + " cannot be in a registry: its name is no SHA-256");
        }
        Reader reader = new Reader(digest);
        reader.size = reader.ask(RemoteBlob::size);
        return reader;
    }

    /** Whoever asks for no verification of certificates takes a registry without TLS, too. */
    private boolean mayHaveNoTls(RegistryException failure) {
        return registry.skipVerify()
                && scheme.equals("https")
                && (failure.getCause() instanceof SSLException || failure.getCause() instanceof ConnectException);
    }

    @Override
    public void close() {
        if (health != null) {
            health.close();
        }
        client.abort();
        client.close();
    }

    private interface Question<T> {
        T ask(RemoteBlob blob) throws IOException;
    }

    /** A blob by one way: it knows where the registry redirects to, so it is kept as long as the way is the same. */
    private record Opened(Repository repository, RemoteBlob blob) {}

    private final class Reader implements BlobReader {
        private final Digest digest;
        private volatile long size = UNKNOWN_SIZE;
        private volatile @Nullable Opened opened;

        Reader(Digest digest) {
            this.digest = digest;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            ask(blob -> {
                blob.read(offset, dst);
                return dst;
            });
        }

        <T> T ask(Question<T> question) throws IOException {
            if (health != null) {
                health.used();
            }
            try {
                return question.ask(blob());
            } catch (RegistryException e) {
                if (!mayHaveNoTls(e)) {
                    throw e;
                }
                return askWithoutTls(question, e);
            }
        }

        private RemoteBlob blob() throws IOException {
            Repository now = repository;
            Opened before = opened;
            if (before != null && before.repository() == now) {
                return before.blob();
            }
            Opened after = new Opened(now, blob(now));
            opened = after;
            return after.blob();
        }

        private RemoteBlob blob(Repository from) throws IOException {
            return size == UNKNOWN_SIZE ? from.blob(digest) : from.blob(digest, size);
        }

        private <T> T askWithoutTls(Question<T> question, RegistryException failure) throws IOException {
            try {
                T answer = question.ask(blob(repository("http")));
                log.warn("{} is asked without TLS: {}", registry, failure.getMessage());
                scheme = "http";
                turn();
                return answer;
            } catch (RegistryException e) {
                failure.addSuppressed(e);
                throw failure;
            }
        }

        @Override
        public String name() {
            return scheme + "://" + registry.host() + "/v2/" + registry.repository() + "/blobs/" + digest;
        }

        @Override
        public void close() {
            // Connections belong to the client.
        }
    }
}
