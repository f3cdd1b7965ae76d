package io.obd.nydusbackend;

import io.obd.nydusbackend.config.BasicAuth;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The credentials of a configuration, which can be replaced while they are used. */
public final class RuntimeCredentials implements CredentialSource {
    private volatile @Nullable BasicAuth auth;

    /** Replaces the credentials, from the next request on. */
    public void set(BasicAuth replacement) {
        auth = replacement;
    }

    /** The credentials of now, if there are any. */
    public Optional<BasicAuth> get() {
        return Optional.ofNullable(auth);
    }

    @Override
    public Optional<Credentials> find(String host, String repository) {
        return get().map(now -> Credentials.of(now.user(), now.password()));
    }

    @Override
    public String name() {
        return "the configuration";
    }
}
