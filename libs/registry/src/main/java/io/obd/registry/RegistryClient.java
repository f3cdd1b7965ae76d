package io.obd.registry;

import java.util.concurrent.ConcurrentHashMap;
import okhttp3.HttpUrl;

/**
 * A client of registries that speak the OCI distribution protocol. It keeps connections, tokens and what it learned
 * about redirects, so a program has one. May be used by many threads.
 */
public final class RegistryClient implements AutoCloseable {
    private static final String DOCKER_HUB_API = "registry-1.docker.io";

    private final HttpTransport transport;
    private final CredentialSource credentials;
    private final ConcurrentHashMap<HttpUrl, RegistryCaller> registries = new ConcurrentHashMap<>();

    /** A client by these rules, with these credentials. Nothing is read or connected yet. */
    public RegistryClient(RegistryConfig config, CredentialSource credentials) {
        this.transport = new HttpTransport(config);
        this.credentials = credentials;
    }

    /** The repository of an image. Its tag and digest do not matter. */
    public Repository repository(ImageReference image) {
        return repository(transport.base(image.apiHost()), image.host(), image.repository());
    }

    /**
     * The repository whose blobs lie below this URL.
     *
     * @param blobsUrl {@code scheme://host[:port]/v2/<repository>/blobs}; its scheme is used, also if it is
     *     {@code http}
     * @throws IllegalArgumentException if it is no such URL
     */
    public Repository repositoryAt(String blobsUrl) {
        HttpUrl url = HttpUrl.parse(blobsUrl.endsWith("/") ? blobsUrl.substring(0, blobsUrl.length() - 1) : blobsUrl);
        String path = url == null ? "" : url.encodedPath();
        int end = path.length() - "/blobs".length();
        if (url == null || !path.startsWith("/v2/") || !path.endsWith("/blobs") || end <= "/v2/".length()) {
            throw new IllegalArgumentException(
                    "not the URL of a repository's blobs (https://host/v2/<repository>/blobs): " + blobsUrl);
        }
        boolean usualPort = url.port() == HttpUrl.defaultPort(url.scheme());
        String host = url.host().contains(":") ? "[" + url.host() + "]" : url.host();
        String name = host.equals(DOCKER_HUB_API) ? ImageReference.DOCKER_HUB : host;
        return repository(
                url.resolve("/v2/"), usualPort ? name : name + ":" + url.port(), path.substring("/v2/".length(), end));
    }

    private Repository repository(HttpUrl base, String host, String repository) {
        RegistryCaller caller = registries.computeIfAbsent(
                base,
                at -> new RegistryCaller(
                        transport, new Authorizer(host, credentials, new TokenService(transport, !at.isHttps())), at));
        return new Repository(caller, host, repository);
    }

    /**
     * Ends every request under way and lets no other begin: whoever waits for one gets a {@link RegistryException}
     * soon. May be called from any thread, unlike the closing of a stream that another thread reads.
     */
    public void abort() {
        transport.abort();
    }

    /** Closes idle connections. */
    @Override
    public void close() {
        transport.close();
    }
}
