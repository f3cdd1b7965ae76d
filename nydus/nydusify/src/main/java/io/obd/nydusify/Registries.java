package io.obd.nydusify;

import io.obd.convert.ConversionException;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.Digest;
import io.obd.registry.DockerConfigFile;
import io.obd.registry.ImageReference;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryException;
import io.obd.registry.Repository;
import io.obd.registry.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The registries that a command speaks to, each in its way, with the credentials of the docker config file. */
final class Registries implements AutoCloseable {
    private static final Set<String> ALL = Set.of(RegistryConfig.ALL_HOSTS);
    private static final RetryPolicy ONCE = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);
    private static final Duration PROBE_LIMIT = Duration.ofSeconds(10);
    private static final Digest ANY = Digest.sha256(new byte[0]);

    private final RetryPolicy retries;
    private final CredentialSource credentials = new DockerConfigFile(DockerConfigFile.usualPath(System.getenv()));
    private final Map<Transport, RegistryClient> clients = new EnumMap<>(Transport.class);
    private final Map<String, Boolean> tlsByHost = new ConcurrentHashMap<>();
    private boolean aborted;

    /** @param retries how often requests are sent again that failed for a passing reason */
    Registries(RetryPolicy retries) {
        this.retries = retries;
    }

    /** The repository of an image. With {@link Transport#INSECURE} its registry is asked once whether it speaks TLS. */
    Repository repository(ImageReference image, Transport transport) throws IOException {
        boolean plain = transport == Transport.INSECURE && !speaksTls(image);
        return client(plain ? Transport.PLAIN_HTTP : transport).repository(image);
    }

    /** What a registry wants to be shown for an image; empty if nothing is known. */
    Optional<Credentials> credentials(ImageReference image) throws IOException {
        return credentials.find(image.host(), image.repository());
    }

    /** Whether the registry of an image speaks TLS, with whatever certificate. */
    boolean speaksTls(ImageReference image) throws IOException {
        Boolean known = tlsByHost.get(image.host());
        if (known == null) {
            known = askForTls(image);
            tlsByHost.put(image.host(), known);
        }
        return known;
    }

    private boolean askForTls(ImageReference image) throws IOException {
        RegistryConfig config = config(Transport.INSECURE)
                .retries(ONCE)
                .readTimeout(PROBE_LIMIT)
                .build();
        try (RegistryClient probe = new RegistryClient(config, credentials)) {
            probe.repository(image).exists(ANY);
            return true;
        } catch (RegistryException.Unreachable | RegistryException.TimedOut e) {
            return false;
        } catch (RegistryException e) {
            // It answered, and will say the same again when it matters.
            return true;
        }
    }

    private synchronized RegistryClient client(Transport transport) throws IOException {
        RegistryClient client = clients.get(transport);
        if (client == null) {
            try {
                client = new RegistryClient(config(transport).retries(retries).build(), credentials);
            } catch (IllegalArgumentException e) {
                throw new ConversionException(String.valueOf(e.getMessage()), e);
            }
            clients.put(transport, client);
            if (aborted) {
                client.abort();
            }
        }
        return client;
    }

    private static RegistryConfig.Builder config(Transport transport) {
        return RegistryConfig.builder()
                .plainHttpHosts(transport == Transport.PLAIN_HTTP ? ALL : Set.of())
                .insecureHosts(transport == Transport.INSECURE ? ALL : Set.of())
                .userAgent("nydusify");
    }

    /** Ends every request under way, and lets no other begin. */
    synchronized void abort() {
        aborted = true;
        clients.values().forEach(RegistryClient::abort);
    }

    @Override
    public synchronized void close() {
        clients.values().forEach(RegistryClient::close);
    }
}
