package io.obd.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Docker's credential helpers: programs {@code docker-credential-NAME} on the path that print the user and secret of the
 * registry they read from their input. An answer is kept for a minute, also that a helper ended
 * with a failure; that it hung, or printed something else, for a few seconds: who asks again meanwhile would only wait again.
 */
final class CredentialHelpers {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialHelpers.class);

    /** What docker's helpers say of a registry that they do not know. */
    private static final String UNKNOWN = "credentials not found";

    private static final Duration KEPT = Duration.ofMinutes(1);
    private static final Duration FAILURE_KEPT = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private record Key(String helper, String host) {}

    /** @param failure why there was no answer, or null */
    private record Known(
            Optional<Credentials> credentials, @Nullable IOException failure, Deadline until) {
        Optional<Credentials> orFail() throws IOException {
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure); // one for each thread
            }
            return credentials;
        }
    }

    private final String prefix;
    private final CredentialProgram programs = new CredentialProgram(LIMIT);
    private final ConcurrentHashMap<Key, Known> known = new ConcurrentHashMap<>();
    private final AskedOnce<Key> runs = new AskedOnce<>();

    /** @param prefix what the programs' names begin with */
    CredentialHelpers(String prefix) {
        this.prefix = prefix;
    }

    /**
     * What a helper has for a registry, if anything.
     *
     * @throws IOException if it cannot be run, does not end in time, or prints something else
     */
    Optional<Credentials> ask(String helper, String host) throws IOException {
        Key key = new Key(helper, host);
        // Longer than a run: who gives up waiting would run the helper, too.
        return runs.get(key, Deadline.after(LIMIT.multipliedBy(2)), () -> fresh(key), () -> renew(key))
                .orFail();
    }

    private Optional<Known> fresh(Key key) {
        return Optional.ofNullable(known.get(key))
                .filter(last -> last.until().left().isPositive());
    }

    private Known renew(Key key) throws InterruptedIOException {
        Known found;
        try {
            found = new Known(run(prefix + key.helper(), key.host()), null, Deadline.after(KEPT));
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            found = new Known(Optional.empty(), e, Deadline.after(FAILURE_KEPT));
        }
        known.put(key, found);
        return found;
    }

    /** What a helper had for a registry was refused: it is asked again the next time. */
    void forget(String helper, String host, Optional<Credentials> refused) {
        known.computeIfPresent(
                new Key(helper, host), (_, last) -> last.credentials().equals(refused) ? null : last);
    }

    private Optional<Credentials> run(String program, String host) throws IOException {
        byte[] answer;
        try {
            answer = programs.ask(
                    List.of(program, "get"), Map.of(), serverAddress(host).getBytes(StandardCharsets.UTF_8));
        } catch (CredentialProgram.Failed e) {
            // A helper also fails when it knows nothing of the registry. As for docker, neither is in the way of a
            // public image.
            Level level = String.valueOf(e.getMessage()).contains(UNKNOWN) ? Level.DEBUG : Level.WARN;
            LOG.atLevel(level).log("no credentials for {}: {}", host, e.getMessage());
            return Optional.empty();
        }
        return parse(program, answer);
    }

    /** Docker Hub goes by the address that docker login stores it under. */
    private static String serverAddress(String host) {
        return RegistryName.of(host).text().equals(ImageReference.DOCKER_HUB) ? "https://index.docker.io/v1/" : host;
    }

    private static Optional<Credentials> parse(String program, byte[] output) throws IOException {
        JsonNode answer;
        try {
            answer = OciJson.read(output, JsonNode.class, "the answer");
        } catch (IOException e) {
            // The parser's text would quote the answer, which holds the secret.
            throw new IOException(program + " did not print a JSON object");
        }
        String secret = answer.path("Secret").asText();
        return secret.isEmpty()
                ? Optional.empty()
                : Optional.of(Credentials.of(answer.path("Username").asText(), secret));
    }
}
