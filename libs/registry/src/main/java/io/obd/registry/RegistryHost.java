package io.obd.registry;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * A host that answers for a registry: the registry itself, or a mirror.
 *
 * @param api where its API begins, {@code https://mirror.example/v2/}; null for the registry itself, wherever that is
 * @param capabilities what it is asked for
 * @param tls what differs from the client's TLS rules
 * @param headers sent with every request to it, and to nobody else
 * @param dialTimeout longest wait for a connection; null for the client's
 * @param proxy {@code http://[user:password@]host:port}, valid, the way to it whatever the client's rules are; null for those
 */
public record RegistryHost(
        @Nullable URI api,
        Set<Capability> capabilities,
        HostTls tls,
        Map<String, List<String>> headers,
        @Nullable Duration dialTimeout,
        @Nullable String proxy) {
    private static final Set<Capability> ALL = EnumSet.allOf(Capability.class);

    /** What a host may be trusted with. */
    public enum Capability {
        /** Content by its digest. */
        PULL,
        /** The digest of a tag. */
        RESOLVE,
        /** Uploads. */
        PUSH
    }

    /** The registry itself, by the client's rules. */
    static final RegistryHost REGISTRY = of(HostTls.NONE);

    /**
     * @throws IllegalArgumentException if a header is malformed
     */
    public RegistryHost {
        capabilities = Set.copyOf(capabilities);
        headers = Map.copyOf(headers);
        headers.forEach((name, values) -> values.forEach(value -> checkHeader(name, value)));
    }

    /**
     * @throws IllegalArgumentException if it is no HTTP header; the text does not quote the value
     */
    static void checkHeader(String name, String value) {
        try {
            Headers.of(name, value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + name + "\" is no HTTP header, or its value is none");
        }
    }

    /** The registry itself, with TLS rules of its own. */
    static RegistryHost of(HostTls tls) {
        return new RegistryHost(null, ALL, tls, Map.of(), null, null);
    }

    /** A mirror, to pull from and to resolve tags at. */
    public static RegistryHost mirror(String url, HostTls tls, Map<String, List<String>> headers) {
        return new RegistryHost(
                api(url, false), EnumSet.of(Capability.PULL, Capability.RESOLVE), tls, headers, null, null);
    }

    /**
     * Where the API of a host begins.
     *
     * @param url {@code [https://]host[:port][/path]}
     * @param complete whether the path already is that of the API; otherwise {@code /v2} is added if it is missing
     * @throws IllegalArgumentException if it is no such URL
     */
    static URI api(String url, boolean complete) {
        HttpUrl parsed = HttpUrl.parse(url.contains("://") ? url : "https://" + url);
        if (parsed == null || parsed.querySize() > 0 || parsed.fragment() != null) {
            throw new IllegalArgumentException("not the URL of a registry host (https://host[:port][/path])");
        }
        if (!parsed.username().isEmpty() || !parsed.password().isEmpty()) {
            throw new IllegalArgumentException("a URL of a registry host with a user or password in it");
        }
        String path = parsed.encodedPath().replaceFirst("/+$", "");
        HttpUrl.Builder api =
                parsed.newBuilder().encodedPath((complete || path.endsWith("/v2") ? path : path + "/v2") + "/");
        if (parsed.host().equals(ImageReference.DOCKER_HUB)) {
            api.host(RegistryClient.DOCKER_HUB_API);
        }
        return api.build().uri();
    }

    /** The client's configuration with what is said of this host; its TLS rules count for where it leads, too. */
    RegistryConfig applyTo(RegistryConfig client) {
        RegistryConfig.Builder config = client.toBuilder()
                .caFiles(joined(client.caFiles(), tls.caFiles()))
                .certDirs(joined(client.certDirs(), tls.certDirs()))
                .clientCertificates(joined(client.clientCertificates(), tls.clientCertificates()));
        if (tls.skipVerify()) {
            config.insecureHosts(Set.of(RegistryConfig.ALL_HOSTS));
        }
        if (dialTimeout != null) {
            config.connectTimeout(dialTimeout);
        }
        if (proxy != null) {
            config.proxies(ProxyRules.explicit(proxy, Map.of()));
        }
        return config.build();
    }

    /** Whether it is the registry itself, by the client's rules alone. */
    boolean isTheClients() {
        return api == null && isPlain();
    }

    /** The same host, for this and nothing else. */
    RegistryHost capableOf(Set<Capability> others) {
        return new RegistryHost(api, others, tls, headers, dialTimeout, proxy);
    }

    /** Whether nothing is said of it but where it is. */
    boolean isPlain() {
        return tls.isNone() && headers.isEmpty() && dialTimeout == null && proxy == null;
    }

    Headers headerLines() {
        Headers.Builder lines = new Headers.Builder();
        headers.forEach((name, values) -> values.forEach(value -> lines.add(name, value)));
        return lines.build();
    }

    private static <T> List<T> joined(List<T> some, List<T> more) {
        return Stream.concat(some.stream(), more.stream()).distinct().toList();
    }

    /** Without headers and proxy, which may hold secrets. */
    @Override
    public String toString() {
        return (api == null ? "the registry itself" : api) + " " + capabilities;
    }

    /**
     * TLS rules of one host, beside those of the client.
     *
     * @param caFiles PEM files of further CAs
     * @param certDirs directories of certificates, as in {@link RegistryConfig#certDirs()}
     * @param clientCertificates further ones to show
     * @param skipVerify whether certificates are not verified, those of the host and of where it redirects
     */
    public record HostTls(
            List<Path> caFiles, List<Path> certDirs, List<ClientCertificate> clientCertificates, boolean skipVerify) {
        /** Nothing beside. */
        public static final HostTls NONE = new HostTls(List.of(), List.of(), List.of(), false);

        boolean isNone() {
            return caFiles.isEmpty() && certDirs.isEmpty() && clientCertificates.isEmpty() && !skipVerify;
        }

        public HostTls {
            caFiles = List.copyOf(caFiles);
            certDirs = List.copyOf(certDirs);
            clientCertificates = List.copyOf(clientCertificates);
        }
    }
}
