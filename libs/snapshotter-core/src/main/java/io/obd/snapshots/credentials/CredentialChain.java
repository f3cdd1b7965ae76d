package io.obd.snapshots.credentials;

import io.obd.linux.Reason;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several sources of credentials: the first that has some counts. One that fails is passed over, so that a broken file
 * or plugin costs only the images that need it; the log says so once for each reason.
 */
public final class CredentialChain implements CredentialSource {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialChain.class);

    private final List<CredentialSource> sources;
    private final Map<String, String> failures = new ConcurrentHashMap<>();

    /** @param sources in the order in which they are asked */
    public CredentialChain(List<CredentialSource> sources) {
        this.sources = List.copyOf(sources);
    }

    @Override
    public Optional<Credentials> find(String host, String repository) {
        for (CredentialSource source : sources) {
            try {
                Optional<Credentials> found = source.find(host, repository);
                failures.remove(source.name());
                if (found.isPresent()) {
                    return found;
                }
            } catch (IOException e) {
                report(source, Reason.of(e));
            }
        }
        return Optional.empty();
    }

    /** Which source it came from is not known any more, so all are told. */
    @Override
    public void forget(String host, String repository, Optional<Credentials> refused) {
        sources.forEach(source -> source.forget(host, repository, refused));
    }

    private void report(CredentialSource source, String reason) {
        if (!Objects.equals(failures.put(source.name(), reason), reason)) {
            LOG.warn("no credentials from {}: {}", source.name(), reason);
        }
    }

    @Override
    public String name() {
        return sources.stream().map(CredentialSource::name).collect(Collectors.joining(", "));
    }
}
