package io.obd.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How registries are reached. Hosts are written as in image names, with or without a port ({@code localhost:5000};
 * without one it means every port); {@link #ALL_HOSTS} in a set means every host.
 *
 * @param plainHttpHosts hosts spoken to by plain HTTP
 * @param insecureHosts hosts whose TLS certificate is not verified
 * @param caFiles PEM files of CAs that are trusted beside the system's
 * @param certDirs directories of certificates: every {@code *.crt} is a CA, every {@code X.cert} with {@code X.key} a
 *     client certificate; missing and forbidden directories are ignored
 * @param clientCertificates certificates to show to registries that ask for one
 * @param proxies the way out
 * @param connectTimeout longest wait for a connection
 * @param readTimeout longest silence within an answer
 * @param operationTimeout longest duration of a request with all its attempts, save for the streaming of whole blobs, in
 *     which it is the longest pause that a registry may ask for
 * @param retries how often a request that failed for a passing reason is sent
 * @param userAgent what this program calls itself
 * @param hosts which hosts answer for a registry: mirrors, with rules of their own
 * @param redirects where redirects of blobs and documents lead
 * @param watch who is shown what is sent and received
 * @param requests who is told that requests were sent
 */
public record RegistryConfig(
        Set<String> plainHttpHosts,
        Set<String> insecureHosts,
        List<Path> caFiles,
        List<Path> certDirs,
        List<ClientCertificate> clientCertificates,
        ProxyRules proxies,
        Duration connectTimeout,
        Duration readTimeout,
        Duration operationTimeout,
        RetryPolicy retries,
        String userAgent,
        RegistryHosts hosts,
        RedirectTarget redirects,
        HttpWatch watch,
        RequestObserver requests) {

    /** Stands for every host. */
    public static final String ALL_HOSTS = "*";

    public RegistryConfig {
        plainHttpHosts = Set.copyOf(plainHttpHosts);
        insecureHosts = Set.copyOf(insecureHosts);
        caFiles = List.copyOf(caFiles);
        certDirs = List.copyOf(certDirs);
        clientCertificates = List.copyOf(clientCertificates);
    }

    /** TLS verified against the system's CAs, proxies from the environment, 5 s to connect, 30 s of silence, 60 s in all. */
    public static RegistryConfig defaults() {
        return builder().build();
    }

    /** A builder that begins with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that begins with this. */
    Builder toBuilder() {
        return new Builder(this);
    }

    boolean isPlainHttp(String host) {
        return contains(plainHttpHosts, host);
    }

    boolean isInsecure(String host) {
        return contains(insecureHosts, host);
    }

    private static boolean contains(Set<String> hosts, String host) {
        int colon = host.lastIndexOf(':');
        boolean hasPort = colon > host.lastIndexOf(']');
        return hosts.contains(ALL_HOSTS)
                || hosts.contains(host)
                || (colon >= 0 && hasPort && hosts.contains(host.substring(0, colon)));
    }

    /** Collects what differs from the defaults. */
    public static final class Builder {
        private Set<String> plainHttpHosts = Set.of();
        private Set<String> insecureHosts = Set.of();
        private List<Path> caFiles = List.of();
        private List<Path> certDirs = List.of();
        private List<ClientCertificate> clientCertificates = List.of();
        private @Nullable ProxyRules proxies;
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration readTimeout = Duration.ofSeconds(30);
        private Duration operationTimeout = Duration.ofSeconds(60);
        private RetryPolicy retries = RetryPolicy.DEFAULT;
        private String userAgent = "overlaybd";
        private RegistryHosts hosts = RegistryHosts.THEMSELVES;
        private RedirectTarget redirects = RedirectTarget.UNCHANGED;
        private HttpWatch watch = HttpWatch.NOBODY;
        private RequestObserver requests = RequestObserver.NOBODY;

        private Builder() {}

        private Builder(RegistryConfig config) {
            plainHttpHosts = config.plainHttpHosts;
            insecureHosts = config.insecureHosts;
            caFiles = config.caFiles;
            certDirs = config.certDirs;
            clientCertificates = config.clientCertificates;
            proxies = config.proxies;
            connectTimeout = config.connectTimeout;
            readTimeout = config.readTimeout;
            operationTimeout = config.operationTimeout;
            retries = config.retries;
            userAgent = config.userAgent;
            hosts = config.hosts;
            redirects = config.redirects;
            watch = config.watch;
            requests = config.requests;
        }

        /** See {@link RegistryConfig#plainHttpHosts()}. */
        public Builder plainHttpHosts(Set<String> hosts) {
            plainHttpHosts = hosts;
            return this;
        }

        /** See {@link RegistryConfig#insecureHosts()}. */
        public Builder insecureHosts(Set<String> hosts) {
            insecureHosts = hosts;
            return this;
        }

        /** See {@link RegistryConfig#caFiles()}. */
        public Builder caFiles(List<Path> files) {
            caFiles = files;
            return this;
        }

        /** See {@link RegistryConfig#certDirs()}. */
        public Builder certDirs(List<Path> directories) {
            certDirs = directories;
            return this;
        }

        /** See {@link RegistryConfig#clientCertificates()}. */
        public Builder clientCertificates(List<ClientCertificate> certificates) {
            clientCertificates = certificates;
            return this;
        }

        /** Takes the place of the environment's proxies. */
        public Builder proxies(ProxyRules rules) {
            proxies = rules;
            return this;
        }

        /** See {@link RegistryConfig#connectTimeout()}. */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = timeout;
            return this;
        }

        /** See {@link RegistryConfig#readTimeout()}. */
        public Builder readTimeout(Duration timeout) {
            readTimeout = timeout;
            return this;
        }

        /** See {@link RegistryConfig#operationTimeout()}. */
        public Builder operationTimeout(Duration timeout) {
            operationTimeout = timeout;
            return this;
        }

        /** See {@link RegistryConfig#retries()}. */
        public Builder retries(RetryPolicy policy) {
            retries = policy;
            return this;
        }

        /** See {@link RegistryConfig#userAgent()}. */
        public Builder userAgent(String name) {
            userAgent = name;
            return this;
        }

        /** See {@link RegistryConfig#hosts()}. */
        public Builder hosts(RegistryHosts registryHosts) {
            hosts = registryHosts;
            return this;
        }

        /** See {@link RegistryConfig#redirects()}. */
        public Builder redirects(RedirectTarget target) {
            redirects = target;
            return this;
        }

        /** See {@link RegistryConfig#watch()}. */
        public Builder watch(HttpWatch httpWatch) {
            watch = httpWatch;
            return this;
        }

        /** See {@link RegistryConfig#requests()}. */
        public Builder requests(RequestObserver observer) {
            requests = observer;
            return this;
        }

        /** The configuration. */
        public RegistryConfig build() {
            return new RegistryConfig(
                    plainHttpHosts,
                    insecureHosts,
                    caFiles,
                    certDirs,
                    clientCertificates,
                    proxies == null ? ProxyRules.fromEnvironment(System.getenv()) : proxies,
                    connectTimeout,
                    readTimeout,
                    operationTimeout,
                    retries,
                    userAgent,
                    hosts,
                    redirects,
                    watch,
                    requests);
        }
    }
}
