package io.obd.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import okhttp3.FormBody;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;

/**
 * Gets access tokens from the token services that registries name, and keeps them until shortly before they expire:
 * by GET with a user and a password or with nothing, by POST (OAuth 2) for an identity token. A failure is the caller's,
 * who repeats the request that the token is for, or has it from another host.
 */
final class TokenService {
    private static final long MAX_BODY = 1024 * 1024;
    private static final long DEFAULT_LIFE_SECONDS = 60;
    private static final int MAX_TOKENS = 1000;
    private static final String CLIENT_ID = "overlaybd";

    private final HttpTransport transport;
    private final HttpUrl registry;
    private final ConcurrentHashMap<Key, Token> tokens = new ConcurrentHashMap<>();
    private final AskedOnce<Key> requests = new AskedOnce<>();

    private record Key(String realm, String service, List<String> scopes, Optional<Credentials> credentials) {}

    private record Token(String header, Deadline usableUntil) {}

    /**
     * @param registry where its API begins; if it is spoken to by plain HTTP, its token service may be too
     */
    TokenService(HttpTransport transport, HttpUrl registry) {
        this.transport = transport;
        this.registry = registry;
    }

    /** The header with a token for this access. */
    String bearer(
            Challenge challenge,
            Access access,
            Optional<Credentials> credentials,
            Supplier<String> hint,
            Deadline deadline)
            throws IOException {
        Key key = new Key(
                challenge.parameter("realm").orElseThrow(),
                challenge.parameter("service").orElse(""),
                access.scopesWith(challenge
                        .parameter("scope")
                        .filter(s -> sameRepository(s, access))
                        .orElse("")),
                credentials);
        return requests.get(key, deadline, () -> usable(key), () -> renew(key, hint, deadline))
                .header();
    }

    private Optional<Token> usable(Key key) {
        return Optional.ofNullable(tokens.get(key))
                .filter(token -> token.usableUntil().left().isPositive());
    }

    private Token renew(Key key, Supplier<String> hint, Deadline deadline) throws IOException {
        Token token = fetch(key, hint, deadline);
        if (tokens.size() >= MAX_TOKENS) {
            tokens.clear();
        }
        tokens.put(key, token);
        return token;
    }

    /** A token that was refused is not used again. */
    void forget(String header) {
        tokens.values().removeIf(token -> token.header().equals(header));
    }

    /** A remembered challenge may be about another repository of the same registry. */
    private static boolean sameRepository(String scope, Access access) {
        return scope.contains(":" + access.repository() + ":");
    }

    private Token fetch(Key key, Supplier<String> hint, Deadline deadline) throws IOException {
        try (Response response = transport.send(request(key), deadline)) {
            if (response.code() == 400 || response.code() == 401 || response.code() == 403) {
                throw refused(response, hint.get());
            }
            if (!response.isSuccessful()) {
                throw Failures.of(response);
            }
            JsonNode answer;
            try {
                answer = OciJson.read(body(response), JsonNode.class, "the answer");
            } catch (RegistryException e) {
                throw e;
            } catch (IOException e) {
                // The parser's text would quote the answer, which holds the token.
                throw Failures.protocol(response, "the token service did not answer with JSON");
            }
            String named = answer.path("token").asText("");
            String token = named.isEmpty() ? answer.path("access_token").asText("") : named;
            if (token.isEmpty() || token.chars().anyMatch(c -> c <= 0x20 || c >= 0x7f)) {
                throw Failures.protocol(response, "the token service's answer holds no token");
            }
            long life = Math.clamp(answer.path("expires_in").asLong(DEFAULT_LIFE_SECONDS), 1, 24 * 3600);
            return new Token("Bearer " + token, Deadline.after(Duration.ofMillis(life * 900)));
        }
    }

    private static RegistryException refused(Response response, String hint) {
        RegistryException failure = Failures.of(response, hint);
        return failure instanceof RegistryException.Unauthorized
                ? failure
                : new RegistryException.Unauthorized(
                        response.request().method(),
                        response.request().url(),
                        response.code(),
                        response.code() + " from the token service; " + hint);
    }

    private Request request(Key key) throws IOException {
        HttpUrl realm = HttpUrl.parse(key.realm());
        if (realm == null) {
            throw new RegistryException.Protocol(
                    "authenticate at", registry, 0, "the registry names a token service that is no URL");
        }
        if (!realm.isHttps() && registry.isHttps() && !transport.allowsPlainHttp(realm)) {
            throw new RegistryException.Protocol(
                    "GET",
                    realm,
                    0,
                    "the registry names a token service that is reached by plain HTTP, which is not allowed for "
                            + realm.host());
        }
        if (key.credentials().orElse(null) instanceof Credentials.IdentityToken(String refreshToken)) {
            FormBody form = new FormBody.Builder()
                    .add("grant_type", "refresh_token")
                    .add("service", key.service())
                    .add("client_id", CLIENT_ID)
                    .add("scope", String.join(" ", key.scopes()))
                    .add("refresh_token", refreshToken)
                    .build();
            return request(realm).post(form).build();
        }
        HttpUrl.Builder url = realm.newBuilder();
        if (!key.service().isEmpty()) {
            url.addQueryParameter("service", key.service());
        }
        key.scopes().forEach(scope -> url.addQueryParameter("scope", scope));
        Request.Builder request = request(url.build());
        key.credentials().flatMap(Authorizer::basic).ifPresent(basic -> request.header("Authorization", basic));
        return request.build();
    }

    private static Request.Builder request(HttpUrl url) {
        return new Request.Builder().url(url).tag(HttpWatch.Confidential.class, HttpWatch.Confidential.BODIES);
    }

    private byte[] body(Response response) throws IOException {
        BufferedSource source = response.body().source();
        Buffer buffer = new Buffer();
        try {
            while (source.read(buffer, 8192) >= 0) {
                if (buffer.size() > MAX_BODY) {
                    throw Failures.protocol(response, "the token service's answer is too long");
                }
            }
        } catch (IOException e) {
            throw transport.failure(
                    response.request().method(), response.request().url(), e);
        }
        return buffer.readByteArray();
    }
}
