package io.obd.snapshots.credentials;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
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

    private final Path config;
    private final ProviderProgram program;
    private final InstantSource clock;
    private final Lock lock = new ReentrantLock();
    private final Map<String, Kept> answers = new ConcurrentHashMap<>();
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
        }
        return now.providers();
    }

    /** One at a time: whoever waits finds the answer that the one before him got. */
    private ProviderAnswer answer(CredentialProvider provider, String host, String repository) throws IOException {
        String image = host + "/" + repository;
        lock.lock();
        try {
            answers.values().removeIf(kept -> !clock.instant().isBefore(kept.until()));
            for (ProviderAnswer.Scope scope : ProviderAnswer.Scope.values()) {
                Kept kept = answers.get(key(provider, scope, host, image));
                if (kept != null) {
                    return kept.answer();
                }
            }
            ProviderAnswer answer = program.ask(provider, image);
            answers.put(
                    key(provider, answer.scope(), host, image),
                    new Kept(answer, clock.instant().plus(answer.cacheDuration())));
            return answer;
        } finally {
            lock.unlock();
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
