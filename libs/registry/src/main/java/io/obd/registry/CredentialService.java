package io.obd.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.HttpUrl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Credentials from a service that is asked about a repository by the URL of its blobs and answers with {@code {"success":
 * true, "data": {"auths": {…}}}}, the latter as in docker's {@code config.json}. An answer is kept for ten seconds, so that
 * a renewed password counts soon; while the service cannot be reached, its last answer counts.
 */
public final class CredentialService implements CredentialSource {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialService.class);

    private static final Duration KEPT = Duration.ofSeconds(10);
    private static final int MAX_KNOWN = 1000;

    private record Known(Optional<Credentials> credentials, Deadline until) {}

    private final String name;
    private final Transport transport;
    private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();

    /** The way to the service. */
    @FunctionalInterface
    public interface Transport {
        /**
         * Sends a request and returns the body of an answer with status 200.
         *
         * @param query {@code remote_url=…}
         * @throws IOException if there is none in time
         */
        byte[] get(String query) throws IOException;
    }

    /** @param name where the service is, for error texts */
    public CredentialService(String name, Transport transport) {
        this.name = name;
        this.transport = transport;
    }

    @Override
    public Optional<Credentials> find(String host, String repository) throws IOException {
        String place = place(host, repository);
        Known last = known.get(place);
        if (last != null && last.until().left().isPositive()) {
            return last.credentials();
        }
        Optional<Credentials> found;
        try {
            found = ask(host, repository);
        } catch (RegistryException.Unreachable e) {
            if (last == null) {
                throw e;
            }
            LOG.warn("{}; what it last said of {} counts meanwhile", e.getMessage(), place);
            found = last.credentials();
        }
        if (known.size() >= MAX_KNOWN) {
            known.clear();
        }
        known.put(place, new Known(found, Deadline.after(KEPT)));
        return found;
    }

    /** The last answer stays, for the time that the service may be away. */
    @Override
    public void forget(String host, String repository, Optional<Credentials> refused) {
        known.computeIfPresent(
                place(host, repository),
                (_, last) -> last.credentials().equals(refused)
                        ? new Known(last.credentials(), Deadline.after(Duration.ZERO))
                        : last);
    }

    private static String place(String host, String repository) {
        return host + "/" + repository;
    }

    private Optional<Credentials> ask(String host, String repository) throws IOException {
        HttpUrl blobs = HttpUrl.parse("https://" + host + "/v2/" + repository + "/blobs/");
        if (blobs == null) {
            throw new IOException(host + "/" + repository + " is no name of a repository");
        }
        byte[] body;
        try {
            body = transport.get("remote_url=" + blobs);
        } catch (IOException e) {
            throw new RegistryException.Unreachable(
                    "GET", blobs, "no credentials from " + name + ": " + e.getMessage(), true, e);
        }
        JsonNode answer;
        try {
            answer = OciJson.read(body, JsonNode.class, "the answer");
        } catch (IOException e) {
            // The parser's text would quote the answer, which holds secrets.
            throw new IOException(name + " did not answer with JSON about " + host + "/" + repository);
        }
        if (!answer.path("success").asBoolean()) {
            throw new IOException(name + " answers that it has failed for " + host + "/" + repository);
        }
        return new DockerConfigParser(name)
                .parse(answer.path("data").toString().getBytes(StandardCharsets.UTF_8))
                .find(host, repository);
    }

    @Override
    public String name() {
        return name;
    }
}
