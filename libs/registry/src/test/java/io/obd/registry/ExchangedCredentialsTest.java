package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials that are replaced while they are used, at the registry and at their source at the same time. */
class ExchangedCredentialsTest {
    private static final Digest DIGEST = Digest.sha256(new byte[0]);

    private final AtomicReference<String> password = new AtomicReference<>("old");
    private final AtomicBoolean bearer = new AtomicBoolean();
    private final AtomicInteger asked = new AtomicInteger();
    private final MockWebServer registry = new MockWebServer();

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws IOException {
        registry.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return answer(request);
            }
        });
        registry.start();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    /** A registry, and the service of its tokens, which hold for one request. */
    private MockResponse answer(RecordedRequest request) {
        String sent = String.valueOf(request.getHeaders().get("Authorization"));
        boolean right = sent.equals(okhttp3.Credentials.basic("u", password.get()));
        if (request.getTarget().startsWith("/token")) {
            return right
                    ? new MockResponse.Builder()
                            .body("{\"token\":\"" + password.get() + "\",\"expires_in\":1}")
                            .build()
                    : new MockResponse.Builder().code(401).build();
        }
        if (bearer.get() ? sent.equals("Bearer " + password.get()) : right) {
            return new MockResponse.Builder().build();
        }
        return new MockResponse.Builder()
                .code(401)
                .setHeader(
                        "WWW-Authenticate",
                        bearer.get() ? "Bearer realm=\"" + registry.url("/token") + "\"" : "Basic realm=\"r\"")
                .build();
    }

    private String host() {
        return "localhost:" + registry.getPort();
    }

    private RegistryClient client(CredentialSource credentials) {
        return new RegistryClient(
                RegistryConfig.builder()
                        .proxies(ProxyRules.none())
                        .plainHttpHosts(Set.of("localhost"))
                        .retries(new RetryPolicy(1, Duration.ZERO, Duration.ZERO))
                        .build(),
                credentials);
    }

    private boolean exists(RegistryClient client) throws IOException {
        return client.repository(ImageReference.parse(host() + "/app")).exists(DIGEST);
    }

    private CredentialService service(AtomicReference<String> known) {
        return new CredentialService("the service", _ -> {
            asked.incrementAndGet();
            return ("{\"success\":true,\"data\":{\"auths\":{\"" + host() + "\":{\"username\":\"u\",\"password\":\""
                            + known.get() + "\"}}}}")
                    .getBytes(StandardCharsets.UTF_8);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void newOnesCountAtOnce(boolean withTokens) throws IOException {
        bearer.set(withTokens);
        try (RegistryClient client = client(service(password))) {
            assertThat(exists(client)).isTrue();
            password.set("new");
            assertThat(exists(client)).isTrue();
            assertThat(exists(client)).isTrue();
        }
        assertThat(asked).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whereThereAreNoOthersTheRegistryIsNotAskedAgain(boolean withTokens) throws IOException {
        bearer.set(withTokens);
        AtomicReference<String> known = new AtomicReference<>("old");
        try (RegistryClient client = client(service(known))) {
            assertThat(exists(client)).isTrue();
            password.set("new");
            int before = registry.getRequestCount();
            assertThatThrownBy(() -> exists(client)).isInstanceOf(RegistryException.Unauthorized.class);
            assertThat(registry.getRequestCount() - before).isLessThanOrEqualTo(2);
            known.set("new");
            assertThat(exists(client)).isTrue();
        }
    }

    @Test
    void aHelperIsAskedAgain() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "old");
        Path helper = Files.writeString(
                directory.resolve("docker-credential-one"),
                "#!/bin/sh\nread -r host\nread -r s < " + secret
                        + "\necho \"{\\\"Username\\\":\\\"u\\\",\\\"Secret\\\":\\\"$s\\\"}\"\n");
        Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(secret, "old\n");
        Path file = Files.writeString(directory.resolve("config.json"), "{\"credsStore\": \"one\"}");
        DockerConfigFile config = new DockerConfigFile(
                file,
                new CredentialHelpers(directory.resolve("docker-credential-").toString()));
        try (RegistryClient client = client(config)) {
            assertThat(exists(client)).isTrue();
            Files.writeString(secret, "new\n");
            password.set("new");
            assertThat(exists(client)).isTrue();
        }
    }
}
