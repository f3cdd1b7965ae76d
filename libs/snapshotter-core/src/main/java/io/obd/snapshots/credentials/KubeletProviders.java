package io.obd.snapshots.credentials;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The kubelet's credential providers: programs that get credentials from a cloud. Their answers count as long as they
 * say; after that the program is asked again, so that there are always new ones before the old run out. A changed
 * configuration file counts at once.
 */
public final class KubeletProviders implements CredentialSource {
    private record Loaded(FileTime modified, List<CredentialProvider> providers) {}

    private record Kept(ProviderAnswer answer, Instant until) {}

    private record Failed(IOException reason, Instant until) {}

    /** So long nobody waits for an image again for which a program has failed: all who have waited get the failure. */
    private static final Duration FAILURE_COUNTS = Duration.ofSeconds(5);

    private final Path config;
    private final ProviderProgram program;
    private final InstantSource clock;
    private final Map<String, Lock> locks = new ConcurrentHashMap<>();
    private final Map<String, Kept> answers = new ConcurrentHashMap<>();
    private final Map<String, Failed> failures = new ConcurrentHashMap<>();
    private volatile @Nullable Loaded loaded;

    /**
     * @param config the kubelet's {@code CredentialProviderConfig}
     * @param programs directory of the providers' programs
     */
    public KubeletProviders(Path config, Path programs, InstantSource clock) {
        this.config = config;
        this.program = new ProviderProgram(programs);
        this.clock = clock;
    }

    @Override
    public Optional<Credentials> find(String host, String repository) throws IOException {
        for (CredentialProvider provider : providers()) {
            if (provider.isFor(host, repository)) {
                Optional<Credentials> found = answer(provider, host, repository).find(host, repository);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public String name() {
        return config.toString();
    }

    private List<CredentialProvider> providers() throws IOException {
        FileTime modified = Files.getLastModifiedTime(config);
        Loaded now = loaded;
        if (now == null || !now.modified().equals(modified)) {
            now = new Loaded(modified, new ProviderConfigFile(config).read());
            loaded = now;
            answers.clear();
            failures.clear();
        }
        return now.providers();
    }

    /** One at a time for each registry: whoever waits finds the answer that the one before him got. */
    private ProviderAnswer answer(CredentialProvider provider, String host, String repository) throws IOException {
        String image = host + "/" + repository;
        Lock lock = locks.computeIfAbsent(
                key(provider, ProviderAnswer.Scope.REGISTRY, host, image), _ -> new ReentrantLock());
        lock.lock();
        try {
            Instant now = clock.instant();
            answers.values().removeIf(kept -> !now.isBefore(kept.until()));
            failures.values().removeIf(failed -> !now.isBefore(failed.until()));
            for (ProviderAnswer.Scope scope : ProviderAnswer.Scope.values()) {
                Kept kept = answers.get(key(provider, scope, host, image));
                if (kept != null) {
                    return kept.answer();
                }
            }
            return ask(provider, host, image);
        } finally {
            lock.unlock();
        }
    }

    private ProviderAnswer ask(CredentialProvider provider, String host, String image) throws IOException {
        String key = key(provider, ProviderAnswer.Scope.IMAGE, host, image);
        Failed failed = failures.get(key);
        if (failed != null) {
            throw new IOException(failed.reason().getMessage(), failed.reason());
        }
        try {
            ProviderAnswer answer = program.ask(provider, image);
            answers.put(
                    key(provider, answer.scope(), host, image),
                    new Kept(answer, clock.instant().plus(answer.cacheDuration())));
            return answer;
        } catch (IOException e) {
            failures.put(key, new Failed(e, clock.instant().plus(FAILURE_COUNTS)));
            throw e;
        }
    }

    private static String key(CredentialProvider provider, ProviderAnswer.Scope scope, String host, String image) {
        return provider.name() + " "
                + switch (scope) {
                    case IMAGE -> "image " + image;
                    case REGISTRY -> "registry " + host;
                    case GLOBAL -> "all";
                };
    }
}
