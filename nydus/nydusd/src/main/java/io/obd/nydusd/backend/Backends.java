package io.obd.nydusd.backend;

import io.obd.block.FileBlob;
import io.obd.nydusd.config.BasicAuth;
import io.obd.nydusd.config.Settings;
import io.obd.rafs.data.BlobDirectory;
import io.obd.registry.Credentials;
import io.obd.registry.ProxyRules;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryHost;
import io.obd.registry.Repository;
import io.obd.registry.RetryPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the backends of configurations. */
public final class Backends {
    private static final String USER_AGENT = "nydusd/1.0.0";
    private static final String HEADER = "NYDUS_HEADER_";
    /** No limit: what a registry is asked for may take as long as it answers at all. */
    private static final Duration NO_LIMIT = Duration.ofHours(1);

    private final Map<String, List<String>> headers = new HashMap<>();

    /** @param environment variables of the process: NYDUS_HEADER_x are sent as headers */
    public Backends(Map<String, String> environment) {
        environment.forEach((name, value) -> {
            if (name.startsWith(HEADER) && name.length() > HEADER.length()) {
                headers.put(name.substring(HEADER.length()), List.of(value));
            }
        });
    }

    /**
     * Opens a backend. Nothing is read or connected yet.
     *
     * @throws IOException if a value cannot be used; the text names its key
     */
    public Backend open(Settings.Backend settings) throws IOException {
        return switch (settings) {
            case Settings.LocalFs files -> local(files);
            case Settings.Registry registry -> registry(registry);
        };
    }

    private static Backend local(Settings.LocalFs files) {
        Path single = files.blobFile().orElse(null);
        return new Backend(
                files.type(),
                single != null ? _ -> FileBlob.open(single) : new BlobDirectory(files.directories()),
                null,
                null);
    }

    private Backend registry(Settings.Registry registry) throws IOException {
        RuntimeCredentials credentials = new RuntimeCredentials();
        BasicAuth.parse(registry.auth())
                .ifPresent(auth -> credentials.set(Credentials.of(auth.user(), auth.password())));
        List<RegistryHost> hosts = hosts(registry);
        RegistryConfig.Builder config = RegistryConfig.builder()
                .caFiles(registry.caFiles())
                .proxies(ProxyRules.none())
                .connectTimeout(seconds(registry.connectTimeoutSeconds()))
                .readTimeout(seconds(registry.timeoutSeconds()))
                .operationTimeout(NO_LIMIT)
                .retries(new RetryPolicy(registry.retries() + 1, Duration.ofMillis(100), Duration.ofSeconds(5)))
                .userAgent(USER_AGENT)
                .hosts(_ -> hosts);
        if (registry.skipVerify()) {
            config.insecureHosts(Set.of(RegistryConfig.ALL_HOSTS));
        }
        RegistryClient client = new RegistryClient(config.build(), credentials);
        try {
            Repository repository = client.repositoryAt(
                    registry.scheme() + "://" + registry.host() + "/v2/" + registry.repository() + "/blobs");
            return new Backend(registry.type(), new RegistryBlobs(repository), client, credentials);
        } catch (IllegalArgumentException e) {
            client.close();
            throw new IOException("backend.registry host or repo: " + e.getMessage());
        }
    }

    private static Duration seconds(int seconds) {
        return seconds == 0 ? NO_LIMIT : Duration.ofSeconds(seconds);
    }

    /** The registry, and before it the registry through the proxy. */
    private List<RegistryHost> hosts(Settings.Registry registry) throws IOException {
        Map<String, List<String>> sent = new HashMap<>(headers);
        if (!registry.token().isEmpty()) {
            sent.put("Authorization", List.of("Bearer " + registry.token()));
        }
        List<RegistryHost> hosts = new ArrayList<>();
        String proxy = registry.proxy().url();
        try {
            if (!proxy.isEmpty()) {
                ProxyRules.explicit(proxy, "");
                hosts.add(host(sent, proxy));
            }
            if (proxy.isEmpty() || registry.proxy().fallback()) {
                hosts.add(host(sent, null));
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("backend.registry proxy.url, registry_token or " + HEADER + "…: " + e.getMessage());
        }
        return List.copyOf(hosts);
    }

    private static RegistryHost host(Map<String, List<String>> headers, @Nullable String proxy) {
        return new RegistryHost(
                null,
                EnumSet.of(RegistryHost.Capability.PULL, RegistryHost.Capability.RESOLVE),
                RegistryHost.HostTls.NONE,
                headers,
                null,
                proxy);
    }
}
