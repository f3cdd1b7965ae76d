package io.obd.blobstore;

import io.obd.registry.CredentialSource;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.ProxyRules;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/** What a registry that is down makes of a request: nothing listens on port 1. */
final class Unreachable {
    private Unreachable() {}

    static IOException exception() {
        RegistryConfig config = RegistryConfig.builder()
                .proxies(ProxyRules.none())
                .plainHttpHosts(Set.of("127.0.0.1"))
                .retries(new RetryPolicy(1, Duration.ZERO, Duration.ZERO))
                .build();
        try (RegistryClient client = new RegistryClient(config, CredentialSource.ANONYMOUS)) {
            client.repository(ImageReference.parse("127.0.0.1:1/a")).exists(Digest.sha256(new byte[0]));
            throw new IllegalStateException("something listens on port 1");
        } catch (IOException e) {
            return e;
        }
    }
}
