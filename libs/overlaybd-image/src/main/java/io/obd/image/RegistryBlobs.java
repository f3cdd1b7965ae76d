package io.obd.image;

import io.obd.blobstore.BlobEvents;
import io.obd.blobstore.BlobSource;
import io.obd.blobstore.BlobStore;
import io.obd.blobstore.BlobStoreConfig;
import io.obd.blobstore.Evictions;
import io.obd.blobstore.FillCheck;
import io.obd.block.BlobReader;
import io.obd.registry.ClientCertificate;
import io.obd.registry.CredentialService;
import io.obd.registry.CredentialSource;
import io.obd.registry.Digest;
import io.obd.registry.DockerConfigFile;
import io.obd.registry.HostsDirectory;
import io.obd.registry.HttpCredentials;
import io.obd.registry.P2pAgent;
import io.obd.registry.ProxyRules;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryHost;
import io.obd.registry.RegistryHost.HostTls;
import io.obd.registry.RegistryHosts;
import io.obd.registry.RegistryName;
import io.obd.registry.RemoteBlob;
import io.obd.registry.RequestObserver;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Blobs of registries, kept in the cache on this host, as the service's configuration says. */
public final class RegistryBlobs implements RemoteBlobs, Closeable {
    private static final Duration FLUSH_INTERVAL = Duration.ofSeconds(1);
    private static final Duration DISK_PAUSE = Duration.ofSeconds(10);

    private final RegistryClient client;
    private final BlobStore store;
    private final @Nullable BlobStore decompressed;
    private final @Nullable P2pAgent agent;

    private RegistryBlobs(
            RegistryClient client, BlobStore store, @Nullable BlobStore decompressed, @Nullable P2pAgent agent) {
        this.client = client;
        this.store = store;
        this.decompressed = decompressed;
        this.agent = agent;
    }

    /**
     * Opens the cache. No registry is asked anything yet.
     *
     * @param credentials asked for every request; {@link #credentials} makes those of the configuration
     * @throws IOException if the cache directory cannot be used, or a setting makes no sense
     */
    public static RegistryBlobs open(ServiceConfig config, CredentialSource credentials) throws IOException {
        return open(config, credentials, new SharedMirrors());
    }

    /**
     * Opens the cache, with mirrors that are asked before those of the configuration.
     *
     * @throws IOException as {@link #open(ServiceConfig, CredentialSource)}
     */
    public static RegistryBlobs open(ServiceConfig config, CredentialSource credentials, SharedMirrors mirrors)
            throws IOException {
        return open(config, credentials, mirrors, Evictions.UNNOTICED, RequestObserver.NOBODY);
    }

    /**
     * Opens the cache, and tells what it does.
     *
     * @param evictions told what makes room in it
     * @param requests told of the requests to registries
     * @throws IOException as {@link #open(ServiceConfig, CredentialSource)}
     */
    public static RegistryBlobs open(
            ServiceConfig config,
            CredentialSource credentials,
            SharedMirrors mirrors,
            Evictions evictions,
            RequestObserver requests)
            throws IOException {
        RegistryBlobs blobs = open(
                new RegistryClient(registryConfig(config, mirrors, requests), credentials),
                cacheOf(config.cache(), config.ioTimeout()),
                evictions);
        try {
            P2pAgent agent = config.p2p().map(blobs.client::agent).orElse(null);
            BlobStore decompressed = config.gzipCache().isEmpty()
                    ? null
                    : new BlobStore(cacheOf(config.gzipCache().get(), config.ioTimeout()), FillCheck.NONE);
            return new RegistryBlobs(blobs.client, blobs.store, decompressed, agent);
        } catch (IOException | RuntimeException e) {
            try (blobs) {
                throw e;
            }
        }
    }

    private static BlobStoreConfig cacheOf(ServiceConfig.Cache cache, Duration ioTimeout) {
        return new BlobStoreConfig(
                cache.directory(), cache.sizeLimit(), cache.refillSize(), ioTimeout, FLUSH_INTERVAL, DISK_PAUSE);
    }

    /**
     * Opens the cache of a program that has no configuration.
     *
     * @param client closed with this, also when this fails
     * @throws IOException if the cache directory cannot be used
     */
    public static RegistryBlobs open(RegistryClient client, BlobStoreConfig cache) throws IOException {
        return open(client, cache, Evictions.UNNOTICED);
    }

    private static RegistryBlobs open(RegistryClient client, BlobStoreConfig cache, Evictions evictions)
            throws IOException {
        try {
            return new RegistryBlobs(client, new BlobStore(cache, FillCheck.NONE, evictions), null, null);
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /**
     * The credentials that the configuration names.
     *
     * @throws IOException if a setting makes no sense, or a certificate cannot be used
     */
    public static CredentialSource credentials(ServiceConfig.Credentials credentials) throws IOException {
        String path = credentials.path();
        if (path.isEmpty()) {
            return CredentialSource.ANONYMOUS;
        }
        return switch (credentials.mode()) {
            case "file" -> new DockerConfigFile(Path.of(path));
            case "uds" ->
                new CredentialService("unix:" + path, new UnixCredentials(Path.of(path), credentials.timeout()));
            default ->
                new CredentialService(
                        path,
                        new HttpCredentials(
                                path, credentials.timeout(), clientCertificates(credentials), credentials.serverCa()));
        };
    }

    private static List<ClientCertificate> clientCertificates(ServiceConfig.Credentials credentials) {
        return credentials.clientCertificate().isEmpty()
                ? List.of()
                : List.of(new ClientCertificate(
                        Path.of(credentials.clientCertificate()), Path.of(credentials.clientKey())));
    }

    @Override
    public BlobReader open(String repoBlobUrl, Digest digest, long size) throws IOException {
        return watchedBy(BlobEvents.NONE, BlobEvents.NONE).open(repoBlobUrl, digest, size);
    }

    /**
     * The same blobs, and somebody who is told what their readers get.
     *
     * @param readers told of blobs that are opened
     * @param keepers told of blobs that are opened once
     */
    public RemoteBlobs watchedBy(BlobEvents readers, BlobEvents keepers) {
        return new RemoteBlobs() {
            @Override
            public BlobReader open(String repoBlobUrl, Digest digest, long size) throws IOException {
                RemoteBlob blob = remote(repoBlobUrl, digest, size);
                P2pAgent listening = listeningAgent();
                // An agent has a cache of its own: nothing is kept twice.
                return listening == null
                        ? store.open(digest, known(size), BlobSource.of(blob), readers)
                        : store.openOnce(digest, known(size), BlobSource.of(blob.through(listening)), readers);
            }

            @Override
            public BlobReader openOnce(String repoBlobUrl, Digest digest, long size) throws IOException {
                RemoteBlob blob = remote(repoBlobUrl, digest, size);
                P2pAgent listening = listeningAgent();
                BlobSource source = BlobSource.of(listening == null ? blob : blob.through(listening));
                return store.openOnce(digest, known(size), source, keepers);
            }

            @Override
            public BlobReader cached(Digest digest, BlobReader uncompressed) throws IOException {
                return RegistryBlobs.this.cached(digest, uncompressed);
            }
        };
    }

    /** The agent, if there is one and it takes connections now. */
    private @Nullable P2pAgent listeningAgent() {
        P2pAgent configured = agent;
        return configured != null && configured.isListening() ? configured : null;
    }

    private static long known(long size) {
        return size == 0 ? BlobStore.UNKNOWN_SIZE : size;
    }

    @Override
    public BlobReader cached(Digest digest, BlobReader uncompressed) throws IOException {
        return decompressed == null ? uncompressed : DecompressedBlob.open(decompressed, digest, uncompressed);
    }

    @Override
    public BlobReader openOnce(String repoBlobUrl, Digest digest, long size) throws IOException {
        return watchedBy(BlobEvents.NONE, BlobEvents.NONE).openOnce(repoBlobUrl, digest, size);
    }

    /**
     * Reads the system's certificates and those that the configuration names for all registries, ahead of the first
     * connection.
     *
     * @throws IOException if some cannot be used; names the file
     */
    public void readCertificates() throws IOException {
        client.readCertificates();
    }

    /** What the cache has done and holds. */
    public BlobStore store() {
        return store;
    }

    /** Closes the caches; their blobs must not be in use any more. */
    @Override
    public void close() throws IOException {
        try (client;
                store;
                decompressed) {
            // All are closed, whatever one of them throws.
        }
    }

    private RemoteBlob remote(String repoBlobUrl, Digest digest, long size) throws IOException {
        try {
            return size == 0
                    ? client.repositoryAt(repoBlobUrl).blob(digest)
                    : client.repositoryAt(repoBlobUrl).blob(digest, size);
        } catch (IllegalArgumentException e) {
            throw new ImageOpenException(String.valueOf(e.getMessage()), e);
        }
    }

    private static RegistryConfig registryConfig(ServiceConfig config, SharedMirrors mirrors, RequestObserver requests)
            throws IOException {
        ServiceConfig.Registry registry = config.registry();
        RegistryConfig.Builder builder = RegistryConfig.builder()
                .insecureHosts(Set.copyOf(registry.insecureHosts()))
                // For redirects and token services: the scheme of a registry itself is that of the image's URL.
                .plainHttpHosts(Set.copyOf(registry.insecureHosts()))
                .caFiles(registry.caFiles())
                .clientCertificates(clientCertificates(registry))
                .connectTimeout(registry.connectTimeout())
                .readTimeout(registry.readTimeout())
                // Ends before the reader's patience does, so that the reader can be told why.
                .operationTimeout(config.ioTimeout().multipliedBy(9).dividedBy(10))
                .hosts(mirrors.before(hosts(registry)))
                .requests(requests);
        if (!config.userAgent().isEmpty()) {
            builder.userAgent(config.userAgent());
        }
        try {
            if (!registry.proxy().isEmpty()) {
                builder.proxies(ProxyRules.explicit(registry.proxy(), System.getenv()));
            }
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new IOException("registry.proxy: " + e.getMessage(), e);
        }
    }

    private static RegistryHosts hosts(ServiceConfig.Registry registry) throws IOException {
        Map<RegistryName, List<RegistryHost>> mirrors = new HashMap<>();
        for (Map.Entry<String, List<ServiceConfig.Mirror>> entry :
                registry.mirrors().entrySet()) {
            List<RegistryHost> hosts = new ArrayList<>();
            for (ServiceConfig.Mirror mirror : entry.getValue()) {
                try {
                    addTo(hosts, mirror);
                } catch (IllegalArgumentException e) {
                    throw new IOException(
                            "registry.mirrors." + entry.getKey() + ": " + mirror.host() + ": " + e.getMessage(), e);
                }
            }
            try {
                mirrors.computeIfAbsent(RegistryName.parse(entry.getKey()), _ -> new ArrayList<>())
                        .addAll(hosts);
            } catch (IllegalArgumentException e) {
                throw new IOException("registry.mirrors." + entry.getKey() + ": " + e.getMessage(), e);
            }
        }
        return new HostsDirectory(registry.hostsDirectory()).behind(mirrors);
    }

    /** An insecure mirror whose protocol is not said is tried by TLS, then by plain HTTP. */
    private static void addTo(List<RegistryHost> hosts, ServiceConfig.Mirror mirror) {
        List<Path> caFiles = mirror.ca().isEmpty() ? List.of() : List.of(Path.of(mirror.ca()));
        HostTls tls = new HostTls(caFiles, List.of(), List.of(), mirror.insecure());
        Map<String, List<String>> headers = new HashMap<>();
        mirror.headers().forEach((name, value) -> headers.put(name, List.of(value)));
        hosts.add(RegistryHost.mirror(mirror.host(), tls, headers));
        if (mirror.insecure() && !mirror.host().contains("://")) {
            hosts.add(RegistryHost.mirror("http://" + mirror.host(), tls, headers));
        }
    }

    private static List<ClientCertificate> clientCertificates(ServiceConfig.Registry registry) {
        return registry.clientCertificate().isEmpty()
                ? List.of()
                : List.of(new ClientCertificate(Path.of(registry.clientCertificate()), Path.of(registry.clientKey())));
    }
}
