package io.obd.registry;

import java.io.IOException;
import java.util.Optional;

/** Where credentials come from. It is asked for every request, so that a renewed password counts without a restart. */
public interface CredentialSource {

    /** Nobody's credentials: only what is public can be read. */
    CredentialSource ANONYMOUS = new CredentialSource() {
        @Override
        public Optional<Credentials> find(String host, String repository) {
            return Optional.empty();
        }

        @Override
        public String name() {
            return "no credentials were given";
        }
    };

    /**
     * The credentials for a repository, if there are any.
     *
     * @param host registry as it is written in image names, with its port: {@code docker.io}, {@code localhost:5000}
     * @param repository path of the repository there
     * @throws IOException if the source cannot be read
     */
    Optional<Credentials> find(String host, String repository) throws IOException;

    /** Where it looked, for error texts: a path. */
    String name();

    /**
     * What was found has been refused: a source that keeps answers looks anew when it is asked next. By default, there is
     * nothing to do.
     *
     * @param refused what was found; empty if that was nothing
     */
    default void forget(String host, String repository, Optional<Credentials> refused) {}

    /**
     * These credentials, with others for one registry: what a command was given for it.
     *
     * @param registry as image names have it
     */
    default CredentialSource except(String registry, Credentials credentials) {
        CredentialSource others = this;
        return new CredentialSource() {
            @Override
            public Optional<Credentials> find(String host, String repository) throws IOException {
                return isTheOne(host) ? Optional.of(credentials) : others.find(host, repository);
            }

            @Override
            public void forget(String host, String repository, Optional<Credentials> refused) {
                if (!isTheOne(host)) {
                    others.forget(host, repository, refused);
                }
            }

            private boolean isTheOne(String host) {
                return RegistryName.of(host).equals(RegistryName.of(registry));
            }

            @Override
            public String name() {
                String given = "the command line (for " + registry + ")";
                return others.equals(ANONYMOUS) ? given : given + " or " + others.name();
            }
        };
    }

    /** The same credentials for every registry: what a command was given. */
    static CredentialSource fixed(Credentials credentials) {
        return new CredentialSource() {
            @Override
            public Optional<Credentials> find(String host, String repository) {
                return Optional.of(credentials);
            }

            @Override
            public String name() {
                return "the command line";
            }
        };
    }
}
