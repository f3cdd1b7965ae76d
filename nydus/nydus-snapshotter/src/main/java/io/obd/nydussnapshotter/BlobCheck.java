package io.obd.nydussnapshotter;

import io.obd.registry.CredentialSource;
import io.obd.registry.Digest;
import io.obd.registry.ImageReference;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryException;
import io.obd.registry.Repository;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the registry for the blobs of an image when a daemon is started for it: a password that is wrong or a blob that is
 * gone would otherwise show as I/O errors of the container's program. Blobs of which something is cached are not asked
 * for, and a registry that does not answer holds up nothing: what a container needs may be cached.
 */
final class BlobCheck {
    private static final Logger LOG = LoggerFactory.getLogger(BlobCheck.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int SIDE_BY_SIDE = 4;

    private final InstanceConfigs configs;
    private final BlobCache cache;

    BlobCheck(InstanceConfigs configs, BlobCache cache) {
        this.configs = configs;
        this.cache = cache;
    }

    /**
     * Checks.
     *
     * @param chain a bootstrap layer and the layers below it
     * @throws SnapshotException failed precondition, if a blob is not there or may not be read
     */
    void check(RafsInstance instance, List<Layer> chain) throws IOException {
        NydusdConfig config = configs.of(instance);
        List<Digest> blobs = chain.stream()
                .filter(LayerType.BLOB::is)
                .flatMap(BlobCheck::blobs)
                .filter(blob -> !cache.holds(blob.hex()))
                .distinct()
                .toList();
        if (!config.isRegistry() || blobs.isEmpty()) {
            return;
        }
        CredentialSource credentials =
                configs.credentials(instance).map(CredentialSource::fixed).orElse(CredentialSource.ANONYMOUS);
        try (RegistryClient client = new RegistryClient(rules(config), credentials)) {
            check(instance, Asked.of(client, place(config, instance), config.skipsVerification()), blobs);
        }
    }

    /**
     * A repository, asked as the daemon will: who takes any certificate takes a registry without TLS, too.
     *
     * @param withoutTls the same by plain HTTP, null if it is not to be asked so
     */
    private record Asked(Repository usual, @Nullable Repository withoutTls) {
        static Asked of(RegistryClient client, ImageReference place, boolean anyCertificate) throws IOException {
            String blobs = client.blobsUrl(place);
            return new Asked(
                    client.repository(place),
                    anyCertificate ? client.repositoryAt(blobs.replaceFirst("^https:", "http:")) : null);
        }

        String name() {
            return usual.name();
        }

        boolean exists(Digest blob) throws IOException {
            try {
                return usual.exists(blob);
            } catch (RegistryException e) {
                boolean mayHaveNoTls = e.getCause() instanceof SSLException || e.getCause() instanceof ConnectException;
                if (withoutTls == null || !mayHaveNoTls) {
                    throw e;
                }
                return withoutTls.exists(blob);
            }
        }
    }

    private static Stream<Digest> blobs(Layer layer) {
        return Stream.of(Labels.CRI_LAYER_DIGEST, Labels.REFERENCE)
                .map(label -> layer.labels().getOrDefault(label, ""))
                .filter(digest -> !digest.isEmpty())
                .map(Digest::parse);
    }

    private static RegistryConfig rules(NydusdConfig config) {
        RegistryConfig.Builder rules = RegistryConfig.builder()
                .caFiles(config.certificates().stream().map(Path::of).toList())
                .connectTimeout(PATIENCE.dividedBy(2))
                .operationTimeout(PATIENCE);
        if (config.isPlainHttp()) {
            rules.plainHttpHosts(Set.of(RegistryConfig.ALL_HOSTS));
        }
        if (config.skipsVerification()) {
            rules.insecureHosts(Set.of(RegistryConfig.ALL_HOSTS));
        }
        return rules.build();
    }

    private static ImageReference place(NydusdConfig config, RafsInstance instance) throws SnapshotException {
        ImageReference image = instance.reference();
        return config.host().equals(InstanceConfigs.HUB)
                ? image
                : new ImageReference(config.host(), image.repository(), null, null);
    }

    private static void check(RafsInstance instance, Asked repository, List<Digest> blobs) throws IOException {
        try (ExecutorService threads = Executors.newFixedThreadPool(
                SIDE_BY_SIDE, Thread.ofVirtual().name("blobs-", 0).factory())) {
            List<Future<Boolean>> answers = new ArrayList<>();
            for (Digest blob : blobs) {
                answers.add(threads.submit(() -> repository.exists(blob)));
            }
            for (int i = 0; i < blobs.size(); i++) {
                if (!isThere(instance, answers.get(i))) {
                    threads.shutdownNow();
                    throw new SnapshotException(
                            Code.FAILED_PRECONDITION,
                            "blob " + blobs.get(i) + " of " + instance.image() + " is not in the registry (HTTP status"
                                    + " 404 from " + repository.name() + ")");
                }
            }
        }
    }

    private static boolean isThere(RafsInstance instance, Future<Boolean> answer) throws IOException {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the registry was asked");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RegistryException.Unauthorized refused) {
                throw new SnapshotException(
                        Code.FAILED_PRECONDITION,
                        instance.image() + " cannot be read: " + refused.getMessage(),
                        refused);
            }
            LOG.warn("{} is mounted without a look at its blobs: {}", instance.image(), failure(e));
            return true;
        }
    }

    private static String failure(ExecutionException e) {
        return e.getCause() instanceof IOException cause
                ? String.valueOf(cause.getMessage())
                : String.valueOf(e.getCause());
    }
}
