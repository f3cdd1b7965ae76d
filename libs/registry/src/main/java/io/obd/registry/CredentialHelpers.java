package io.obd.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Docker's credential helpers: programs {@code docker-credential-NAME} on the path that print the user and secret of the
 * registry they read from their input. An answer is kept for a minute.
 */
final class CredentialHelpers {
    private static final Duration KEPT = Duration.ofMinutes(1);
    private static final long LIMIT_SECONDS = 20;
    private static final int MAX_ANSWER = 1 << 20;
    private static final String IDENTITY_TOKEN = "<token>";

    private record Key(String helper, String host) {}

    private record Known(Optional<Credentials> credentials, Deadline until) {}

    private final String prefix;
    private final ConcurrentHashMap<Key, Known> known = new ConcurrentHashMap<>();

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
        Known last = known.get(key);
        if (last != null && last.until().left().isPositive()) {
            return last.credentials();
        }
        Optional<Credentials> found = run(prefix + helper, host);
        known.put(key, new Known(found, Deadline.after(KEPT)));
        return found;
    }

    private static Optional<Credentials> run(String program, String host) throws IOException {
        Process process = new ProcessBuilder(program, "get")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(serverAddress(host).getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(program + " has not ended after " + LIMIT_SECONDS + " s");
            }
            // A helper fails when it knows nothing of the registry.
            return process.exitValue() == 0 ? parse(program, process.getInputStream()) : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + program + " ran");
        } finally {
            process.destroyForcibly();
        }
    }

    /** Docker Hub goes by the address that docker login stores it under. */
    private static String serverAddress(String host) {
        return host.equals(ImageReference.DOCKER_HUB) ? "https://index.docker.io/v1/" : host;
    }

    private static Optional<Credentials> parse(String program, InputStream output) throws IOException {
        JsonNode answer;
        try {
            answer = OciJson.read(output.readNBytes(MAX_ANSWER), JsonNode.class, "the answer");
        } catch (IOException e) {
            // The parser's text would quote the answer, which holds the secret.
            throw new IOException(program + " did not print a JSON object");
        }
        String user = answer.path("Username").asText();
        String secret = answer.path("Secret").asText();
        if (secret.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                user.equals(IDENTITY_TOKEN)
                        ? new Credentials.IdentityToken(secret)
                        : new Credentials.UserPassword(user, secret));
    }
}
