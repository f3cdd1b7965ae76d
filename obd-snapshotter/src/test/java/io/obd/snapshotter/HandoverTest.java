package io.obd.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.image.ControlClient;
import io.obd.image.ImageConfig;
import io.obd.image.ServiceConfig.Mirror;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.Credentials.UserPassword;
import io.obd.snapshots.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandoverTest {
    private static final Layer LAYER = new Layer(7, "image", "overlaybd-remote", Map.of(), Path.of("/snapshots/7"));
    private static final ImageConfig SPEC =
            new ImageConfig("https://registry-1.docker.io/v2/team/app/blobs", List.of(), "/r");
    private static final String CREDENTIALS = "POST /v1/credentials";
    private static final String MIRRORS = "PUT /v1/mirrors";

    @TempDir
    Path dir;

    private Instant now = Instant.ofEpochSecond(1000);
    private volatile String password = "one";
    private FakeBackend backend;
    private Handover handover;

    private final CredentialSource credentials = new CredentialSource() {
        @Override
        public Optional<Credentials> find(String host, String repository) {
            return host.equals("docker.io") && repository.equals("team/app")
                    ? Optional.of(new UserPassword("me", password))
                    : Optional.empty();
        }

        @Override
        public String name() {
            return "test";
        }
    };

    @BeforeEach
    void start() throws IOException {
        backend = new FakeBackend(dir.resolve("b.sock"), "/dev/none");
        handover = new Handover(
                new ControlClient(dir.resolve("b.sock"), Duration.ofSeconds(5)),
                credentials,
                List.of(new Mirror("mirror:5000", true, "", Map.of())),
                () -> now);
    }

    @AfterEach
    void stop() throws IOException {
        backend.close();
    }

    @Test
    void mirrorsAndCredentialsAreToldBeforeAnAttach() {
        handover.before(LAYER, SPEC);

        assertThat(backend.requests).containsExactly(MIRRORS, CREDENTIALS);
        assertThat(backend.bodies.getFirst()).contains("\"host\":\"mirror:5000\"", "\"insecure\":true");
        assertThat(backend.bodies.getLast())
                .contains("\"repository\":\"docker.io/team/app\"")
                .contains("\"username\":\"me\"")
                .contains("\"secret\":\"one\"")
                .contains("\"ttlSeconds\":43200");
    }

    @Test
    void nothingIsToldForImagesThatAreOnThisHost() {
        handover.before(LAYER, new ImageConfig("", List.of(), "/r"));
        handover.renew();

        assertThat(backend.requests).isEmpty();
    }

    @Test
    void onlyWhatIsNewIsToldAgain() {
        handover.before(LAYER, SPEC);
        handover.renew(); // the first look at the backend: nothing is known of it yet
        backend.requests.clear();

        handover.renew();
        assertThat(backend.requests).containsExactly("GET /v1/health");

        password = "two";
        handover.renew();
        assertThat(backend.requests.subList(1, 3)).containsExactly("GET /v1/health", CREDENTIALS);
        assertThat(backend.bodies.getLast()).contains("two");
    }

    @Test
    void theyAreToldAgainBeforeTheyRunOut() {
        handover.before(LAYER, SPEC);
        handover.renew();
        backend.requests.clear();

        now = now.plus(Duration.ofHours(6)).plusSeconds(1);
        handover.renew();
        assertThat(backend.requests).contains(CREDENTIALS);
    }

    @Test
    void aBackendThatWasStartedAnewIsToldEverything() {
        handover.before(LAYER, SPEC);
        handover.renew();
        backend.requests.clear();

        backend.process = 2;
        handover.renew();
        assertThat(backend.requests).containsExactly("GET /v1/health", MIRRORS, CREDENTIALS);
    }

    @Test
    void aBackendThatCouldNotBeToldTheMirrorsIsToldThemAgain() {
        handover.before(LAYER, SPEC);
        handover.renew();
        backend.process = 2;
        backend.refuses = MIRRORS;
        handover.renew();
        backend.requests.clear();

        backend.refuses = "";
        handover.renew();
        assertThat(backend.requests).containsExactly("GET /v1/health", MIRRORS, CREDENTIALS);
    }

    @Test
    void aBackendThatWasStartedAnewIsToldEverythingBeforeADeviceIsAttachedAgain() {
        handover.before(LAYER, SPEC);
        handover.again(LAYER, SPEC);
        backend.requests.clear();

        handover.again(LAYER, SPEC);
        assertThat(backend.requests).containsExactly("GET /v1/health");
        backend.requests.clear();

        backend.process = 2;
        handover.again(LAYER, SPEC);
        assertThat(backend.requests).containsExactly("GET /v1/health", MIRRORS, CREDENTIALS);
    }

    @Test
    void eachRepositoryIsToldOfBeforeItsDevicesAreAttachedAgain() {
        Layer other = new Layer(8, "other", "overlaybd-remote", Map.of(), Path.of("/snapshots/8"));
        handover.goesOn(LAYER, SPEC);

        handover.again(other, new ImageConfig("https://registry.example/v2/other/blobs", List.of(), "/r"));
        assertThat(backend.requests).doesNotContain(CREDENTIALS);
        handover.again(LAYER, SPEC);

        assertThat(backend.requests).contains(CREDENTIALS);
    }

    @Test
    void devicesOfAnEarlierRunCountAndThoseThatAreGoneDoNot() {
        handover.goesOn(LAYER, SPEC);
        handover.renew();
        assertThat(backend.requests).contains(CREDENTIALS);
        backend.requests.clear();

        handover.over(LAYER);
        handover.renew();
        assertThat(backend.requests).isEmpty();
    }

    @Test
    void aBackendThatDoesNotAnswerIsNoError() throws IOException {
        backend.close();

        handover.before(LAYER, SPEC);
        handover.renew();
    }
}
