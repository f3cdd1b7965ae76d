package io.obd.registry;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.HttpUrl;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Authentication at one registry. The registry says at the first refusal how it wants it; from then on requests carry
 * the header at once. Credentials are looked up for every request.
 */
final class Authorizer {
    private final String host;
    private final HttpUrl base;
    private final CredentialSource credentials;
    private final TokenService tokens;
    private final AtomicReference<@Nullable Challenge> known = new AtomicReference<>();

    /**
     * @param host the registry as image names have it
     * @param base where its API begins, for error texts
     */
    Authorizer(String host, HttpUrl base, CredentialSource credentials, TokenService tokens) {
        this.host = host;
        this.base = base;
        this.credentials = credentials;
        this.tokens = tokens;
    }

    /** What to send with a request, if the registry is known to want something. */
    Optional<String> header(Access access, Deadline deadline) throws IOException {
        Challenge challenge = known.get();
        if (challenge == null) {
            return Optional.empty();
        }
        try {
            return answer(challenge, access, deadline);
        } catch (IOException e) {
            // It may want something else by now: the next request asks it.
            known.compareAndSet(challenge, null);
            throw e;
        }
    }

    /**
     * What to send instead of what was refused.
     *
     * @param refusal answer 401; closed here if this fails
     * @param sent header of the refused request, null if there was none
     * @throws RegistryException.Unauthorized if there is nothing better to send
     */
    String renew(Response refusal, @Nullable String sent, Access access, Deadline deadline) throws IOException {
        Challenge challenge = choose(Challenge.of(refusal.headers()))
                .orElseThrow(() -> Failures.of(refusal, "the registry offers neither Bearer nor Basic authentication"));
        if (sent != null) {
            tokens.forget(sent);
        }
        Optional<String> header;
        try {
            Optional<Credentials> used = find(access);
            header = answer(challenge, access, deadline).filter(value -> !value.equals(sent));
            if (header.isEmpty() && hasOthers(access, used)) {
                header = answer(challenge, access, deadline).filter(value -> !value.equals(sent));
            }
        } catch (IOException e) {
            refusal.close();
            throw e;
        }
        known.set(challenge);
        return header.orElseThrow(() -> Failures.of(refusal, hint(access)));
    }

    /** What can be done about a refusal: says which credentials were used or where they were looked for. */
    String hint(Access access) {
        String place = host + "/" + access.repository();
        if (credentials.equals(CredentialSource.ANONYMOUS)) {
            return "no credentials were given for " + place;
        }
        try {
            return credentials
                    .find(host, access.repository())
                    .map(found -> "the registry does not accept " + found + " for " + place + " from "
                            + credentials.name() + ": check the password and the rights")
                    .orElse("no credentials for " + place + " in " + credentials.name());
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private Optional<String> answer(Challenge challenge, Access access, Deadline deadline) throws IOException {
        Optional<Credentials> found = find(access);
        try {
            return header(challenge, access, found, deadline);
        } catch (RegistryException.Unauthorized e) {
            if (!hasOthers(access, found)) {
                throw e;
            }
            return header(challenge, access, find(access), deadline);
        }
    }

    private Optional<String> header(Challenge challenge, Access access, Optional<Credentials> found, Deadline deadline)
            throws IOException {
        if (challenge.scheme().equals("bearer")) {
            return Optional.of(tokens.bearer(challenge, access, found, () -> hint(access), deadline));
        }
        return found.flatMap(Authorizer::basic);
    }

    /** Whether the source has others than those that were refused, once it looks anew. */
    private boolean hasOthers(Access access, Optional<Credentials> refused) throws IOException {
        credentials.forget(host, access.repository(), refused);
        return !find(access).equals(refused);
    }

    /** A source that fails is a failure of this host: others may do without it. */
    private Optional<Credentials> find(Access access) throws IOException {
        try {
            return credentials.find(host, access.repository());
        } catch (RegistryException | InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw new RegistryException.Refused("authenticate at", base, 0, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<Challenge> choose(List<Challenge> offered) {
        return offered.stream()
                .filter(challenge -> challenge.scheme().equals("bearer"))
                .filter(challenge -> challenge.parameter("realm").isPresent())
                .findFirst()
                .or(() -> offered.stream()
                        .filter(challenge -> challenge.scheme().equals("basic"))
                        .findFirst());
    }

    static Optional<String> basic(Credentials credentials) {
        return switch (credentials) {
            case Credentials.UserPassword(String user, String password) ->
                Optional.of(okhttp3.Credentials.basic(user, password, StandardCharsets.UTF_8));
            case Credentials.IdentityToken _ -> Optional.empty();
        };
    }
}
