package io.obd.nydusbackend;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The credentials of a configuration, which can be replaced while they are used. */
public final class RuntimeCredentials implements CredentialSource {
    private volatile @Nullable Credentials credentials;

    /** Replaces the credentials, from the next request on. */
    public void set(Credentials replacement) {
        credentials = replacement;
    }

    @Override
    public Optional<Credentials> find(String host, String repository) {
        return Optional.ofNullable(credentials);
    }

    @Override
    public String name() {
        return "the configuration";
    }
}
