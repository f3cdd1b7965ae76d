package io.obd.registry;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import okhttp3.HttpUrl;

/**
 * A client of registries that speak the OCI distribution protocol. It keeps connections, tokens and what it learned
 * about redirects, so a program has one. May be used by many threads.
 */
public final class RegistryClient implements AutoCloseable {
    static final String DOCKER_HUB_API = "registry-1.docker.io";

    private final RegistryConfig config;
    private final CredentialSource credentials;
    private final RunningCalls calls = new RunningCalls();
    private final HttpTransport transport;
    private final ConcurrentHashMap<Key, Endpoint> endpoints = new ConcurrentHashMap<>();
    private final Queue<HttpTransport> waysToAgents = new ConcurrentLinkedQueue<>();

    /** What a host is to be used for, and how. */
    private record Key(String registry, HttpUrl base, RegistryHost host) {
        /** The JVM writes the code for a record's own in each process anew, and for those of the host's parts. */
        @Override
        public int hashCode() {
            return 31 * registry.hashCode() + base.hashCode();
        }
    }

    /** A client by these rules, with these credentials. Nothing is read or connected yet. */
    public RegistryClient(RegistryConfig config, CredentialSource credentials) {
        this.config = config;
        this.credentials = credentials;
        this.transport = new HttpTransport(config, calls, Set.of());
    }

    /**
     * Reads the certificates that the configuration names, which happens otherwise when the first connection needs them.
     *
     * @throws IOException if one cannot be used; names its file
     */
    public void readCertificates() throws IOException {
        transport.readCertificates();
    }

    /**
     * The repository of an image. Its tag and digest do not matter.
     *
     * @throws IOException if the rules for the hosts of its registry cannot be read
     */
    public Repository repository(ImageReference image) throws IOException {
        return repository(base(image), image.host(), image.repository());
    }

    /** The URL of the blobs of an image's repository, as {@link #repositoryAt} takes it. */
    public String blobsUrl(ImageReference image) {
        return base(image) + image.repository() + "/blobs";
    }

    /**
     * An agent that fetches blobs from its peers.
     *
     * @param address URL
     * @throws IllegalArgumentException if it is none
     */
    public P2pAgent agent(String address) {
        RegistryConfig direct = config.toBuilder().proxies(ProxyRules.none()).build();
        HttpUrl url = HttpUrl.get(address);
        HttpTransport way = new HttpTransport(direct, calls, Set.of());
        waysToAgents.add(way);
        return new P2pAgent(url, way, config.connectTimeout());
    }

    private HttpUrl base(ImageReference image) {
        String scheme = config.isPlainHttp(image.apiHost()) ? "http://" : "https://";
        return HttpUrl.get(scheme + image.apiHost() + "/v2/");
    }

    /**
     * The repository whose blobs lie below this URL.
     *
     * @param blobsUrl {@code scheme://host[:port]/v2/<repository>/blobs}; its scheme is used, also if it is
     *     {@code http}
     * @throws IllegalArgumentException if it is no such URL
     * @throws IOException if the rules for the hosts of its registry cannot be read
     */
    public Repository repositoryAt(String blobsUrl) throws IOException {
        HttpUrl url = HttpUrl.parse(blobsUrl.endsWith("/") ? blobsUrl.substring(0, blobsUrl.length() - 1) : blobsUrl);
        String path = url == null ? "" : url.encodedPath();
        int end = path.length() - "/blobs".length();
        if (url == null || !path.startsWith("/v2/") || !path.endsWith("/blobs") || end <= "/v2/".length()) {
            throw new IllegalArgumentException(
                    "not the URL of a repository's blobs (https://host/v2/<repository>/blobs): " + blobsUrl);
        }
        return repository(url.resolve("/v2/"), registry(url), path.substring("/v2/".length(), end));
    }

    private Repository repository(HttpUrl base, String registry, String repository) throws IOException {
        List<Endpoint> hosts = config.hosts().of(registry).stream()
                .map(host -> endpoints.computeIfAbsent(new Key(registry, base, host), this::endpoint))
                .distinct()
                .toList();
        return new Repository(new Endpoints(base, config, hosts), registry, repository);
    }

    private Endpoint endpoint(Key key) {
        RegistryHost host = key.host();
        HttpUrl base = host.api() == null ? key.base() : Objects.requireNonNull(HttpUrl.get(host.api()));
        boolean mirror = !isSame(base, key.base());
        String name = mirror ? registry(base) : key.registry();
        HttpTransport way = host.isTheClients()
                ? transport
                : new HttpTransport(host.applyTo(config), calls, host.headers().keySet());
        Authorizer authorizer = new Authorizer(name, base, credentials, new TokenService(way, base));
        // A mirror of several registries is told which one is meant.
        HttpUrl api = mirror
                ? base.newBuilder().addQueryParameter("ns", key.registry()).build()
                : base;
        return new Endpoint(new RegistryCaller(way, authorizer, api, host.headerLines()), host.capabilities());
    }

    /** Whether two URLs mean one registry, which may speak HTTP and HTTPS each at its own port. */
    private static boolean isSame(HttpUrl one, HttpUrl other) {
        boolean defaults =
                one.port() == HttpUrl.defaultPort(one.scheme()) && other.port() == HttpUrl.defaultPort(other.scheme());
        return one.host().equals(other.host()) && (defaults || one.port() == other.port());
    }

    /** The registry as image names have it. */
    private static String registry(HttpUrl url) {
        String host = url.host().contains(":") ? "[" + url.host() + "]" : url.host();
        String name = host.equals(DOCKER_HUB_API) ? ImageReference.DOCKER_HUB : host;
        return url.port() == HttpUrl.defaultPort(url.scheme()) ? name : name + ":" + url.port();
    }

    /**
     * Ends every request under way and lets no other begin: whoever waits for one gets a {@link RegistryException}
     * soon. May be called from any thread, unlike the closing of a stream that another thread reads.
     */
    public void abort() {
        calls.abort();
    }

    /** Closes idle connections. */
    @Override
    public void close() {
        transport.close();
        waysToAgents.forEach(HttpTransport::close);
        endpoints.values().forEach(host -> host.caller().transport().close());
    }
}
