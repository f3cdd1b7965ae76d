package io.obd.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthenticationTest {
    private static final Digest DIGEST = Digest.sha256(new byte[0]);

    private final MockWebServer registry = new MockWebServer();
    private final MockWebServer tokens = new MockWebServer();

    @TempDir
    private Path directory;

    private Path file;
    private RegistryClient client;
    private Repository images;

    @BeforeEach
    void start() throws IOException {
        registry.start();
        tokens.start();
        file = directory.resolve("config.json");
        RegistryConfig config = RegistryConfig.builder()
                .proxies(ProxyRules.none())
                .plainHttpHosts(Set.of("localhost"))
                .retries(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)))
                .build();
        client = new RegistryClient(config, new DockerConfigFile(file));
        images = client.repository(ImageReference.parse(host() + "/team/app"));
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
        tokens.close();
    }

    private String host() {
        return "localhost:" + registry.getPort();
    }

    private void credentials(String entry) throws IOException {
        Files.writeString(file, "{\"auths\":{\"" + host() + "\":" + entry + "}}");
    }

    /** A tenth of its life before its end. */
    private static void untilATokenOfOneSecondIsTooOld() {
        long end = System.nanoTime() + Duration.ofMillis(950).toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private void challenge() {
        registry.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader(
                        "WWW-Authenticate",
                        "Bearer realm=\"" + tokens.url("/token?x=1")
                                + "\",service=\"reg, istry\",scope=\"repository:team/app:pull\"")
                .build());
    }

    private void token(String token, int seconds) {
        tokens.enqueue(new MockResponse.Builder()
                .body("{\"token\":\"" + token + "\",\"expires_in\":" + seconds + "}")
                .build());
    }

    private void ok() {
        registry.enqueue(new MockResponse.Builder().build());
    }

    private static String authorization(MockWebServer server) throws InterruptedException {
        return String.valueOf(server.takeRequest().getHeaders().get("Authorization"));
    }

    @Test
    void aTokenIsGotWithUserAndPasswordAndUsedAgain() throws Exception {
        credentials("{\"username\":\"u\",\"password\":\"a:b\"}");
        challenge();
        token("t1", 300);
        ok();
        ok();
        assertThat(images.exists(DIGEST)).isTrue();
        assertThat(images.exists(DIGEST)).isTrue();

        assertThat(authorization(registry)).isEqualTo("null");
        assertThat(authorization(registry)).isEqualTo("Bearer t1");
        assertThat(authorization(registry)).isEqualTo("Bearer t1");
        RecordedRequest request = tokens.takeRequest();
        assertThat(request.getHeaders().get("Authorization")).isEqualTo("Basic dTphOmI=");
        assertThat(request.getUrl().queryParameter("service")).isEqualTo("reg, istry");
        assertThat(request.getUrl().queryParameter("scope")).isEqualTo("repository:team/app:pull");
        assertThat(request.getUrl().queryParameter("x")).isEqualTo("1");
        assertThat(tokens.getRequestCount()).isEqualTo(1);
    }

    @Test
    void aChallengeThatCannotBeAnsweredIsForgotten() throws Exception {
        registry.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader("WWW-Authenticate", "Bearer realm=\"not a url\"")
                .build());
        assertThatThrownBy(() -> images.exists(DIGEST)).hasMessageContaining("token service");
        ok();
        assertThat(images.exists(DIGEST)).isTrue();
    }

    @Test
    void aTokenServiceThatIsGoneIsNotAskedAgainWhereTheRegistryNamesAnother() throws Exception {
        MockWebServer old = new MockWebServer();
        old.start();
        registry.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader("WWW-Authenticate", "Bearer realm=\"" + old.url("/token") + "\"")
                .build());
        old.enqueue(new MockResponse.Builder()
                .body("{\"token\":\"t0\",\"expires_in\":1}")
                .build());
        ok();
        assertThat(images.exists(DIGEST)).isTrue();
        old.close();
        untilATokenOfOneSecondIsTooOld();

        challenge();
        token("t1", 300);
        ok();
        assertThat(images.exists(DIGEST)).isTrue();
    }

    @Test
    void withoutCredentialsATokenIsAskedForAnonymously() throws Exception {
        challenge();
        token("t1", 300);
        ok();
        assertThat(images.exists(DIGEST)).isTrue();
        assertThat(authorization(tokens)).isEqualTo("null");
    }

    @Test
    void aTokenThatIsRefusedIsReplaced() throws Exception {
        challenge();
        token("t1", 300);
        ok();
        images.exists(DIGEST);
        challenge();
        token("t2", 300);
        ok();
        assertThat(images.exists(DIGEST)).isTrue();
        assertThat(tokens.getRequestCount()).isEqualTo(2);
    }

    @Test
    void anExpiredTokenIsNotSent() throws Exception {
        challenge();
        token("t1", 1);
        ok();
        images.exists(DIGEST);
        untilATokenOfOneSecondIsTooOld();
        token("t2", 300);
        ok();
        images.exists(DIGEST);
        registry.takeRequest();
        assertThat(authorization(registry)).isEqualTo("Bearer t1");
        assertThat(authorization(registry)).isEqualTo("Bearer t2");
    }

    @Test
    void manyRequestsAtOnceAskForOneToken() throws Exception {
        int readers = 8;
        registry.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                MockResponse.Builder answer = new MockResponse.Builder();
                return request.getHeaders().get("Authorization") != null
                        ? answer.build()
                        : answer.code(401)
                                .setHeader("WWW-Authenticate", "Bearer realm=\"" + tokens.url("/token") + "\"")
                                .build();
            }
        });
        tokens.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                Deadline end = Deadline.after(Duration.ofSeconds(20));
                while (registry.getRequestCount() < readers && end.left().isPositive()) {
                    Thread.onSpinWait();
                }
                return new MockResponse.Builder()
                        .body("{\"token\":\"t\",\"expires_in\":300}")
                        .build();
            }
        });

        List<FutureTask<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            FutureTask<Boolean> read = new FutureTask<>(() -> images.exists(DIGEST));
            Thread.ofPlatform().daemon().start(read);
            all.add(read);
        }

        for (FutureTask<Boolean> read : all) {
            assertThat(read.get(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(tokens.getRequestCount()).isEqualTo(1);
    }

    @Test
    void anEmptyTokenIsNoneWhereThereIsAnAccessToken() throws Exception {
        challenge();
        tokens.enqueue(new MockResponse.Builder()
                .body("{\"token\":\"\",\"access_token\":\"t2\"}")
                .build());
        ok();
        assertThat(images.exists(DIGEST)).isTrue();
        authorization(registry);
        assertThat(authorization(registry)).isEqualTo("Bearer t2");
    }

    @Test
    void anIdentityTokenIsExchangedByPost() throws Exception {
        credentials("{\"auth\":\"PHRva2VuPjo=\",\"identitytoken\":\"refresh\"}");
        challenge();
        tokens.enqueue(
                new MockResponse.Builder().body("{\"access_token\":\"t1\"}").build());
        ok();
        assertThat(images.exists(DIGEST)).isTrue();
        RecordedRequest request = tokens.takeRequest();
        assertThat(request.getMethod()).isEqualTo("POST");
        assertThat(Objects.requireNonNull(request.getBody()).utf8())
                .contains("grant_type=refresh_token", "refresh_token=refresh", "scope=repository%3Ateam%2Fapp%3Apull");
    }

    @Test
    void aWrongPasswordAtTheTokenServiceNamesUserAndFile() throws Exception {
        credentials("{\"username\":\"u\",\"password\":\"hidden\"}");
        challenge();
        tokens.enqueue(new MockResponse.Builder().code(401).build());
        assertThatThrownBy(() -> images.exists(DIGEST))
                .isInstanceOf(RegistryException.Unauthorized.class)
                .hasMessageContaining("/token?…: 401")
                .hasMessageContaining("user \"u\" for " + host() + "/team/app from " + file)
                .hasMessageNotContaining("hidden");
    }

    @Test
    void missingCredentialsAreSaidToBeMissingAndWhere() {
        registry.enqueue(new MockResponse.Builder()
                .code(401)
                .setHeader("WWW-Authenticate", "Basic realm=\"r\"")
                .body("{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\"}]}")
                .build());
        assertThatThrownBy(() -> images.resolve("v1"))
                .isInstanceOf(RegistryException.Unauthorized.class)
                .hasMessageContaining("no credentials for " + host() + "/team/app in " + file);
    }

    @Test
    void aTokenThatDoesNotHelpIsTriedOnce() {
        challenge();
        token("t1", 300);
        challenge();
        assertThatThrownBy(() -> images.exists(DIGEST)).isInstanceOf(RegistryException.Unauthorized.class);
        assertThat(registry.getRequestCount()).isEqualTo(2);
    }

    @Test
    void aTokenServiceThatFailsIsAskedAsOftenAsTheRegistryIs() {
        for (int attempt = 0; attempt < 2; attempt++) {
            challenge();
            tokens.enqueue(new MockResponse.Builder().code(503).build());
        }
        assertThatThrownBy(() -> images.exists(DIGEST))
                .isInstanceOf(RegistryException.ServerError.class)
                .hasMessageContaining("/token?…: 503");
        assertThat(tokens.getRequestCount()).isEqualTo(2);
    }

    @Test
    void anAnswerThatIsNoTokenIsNotQuoted() {
        challenge();
        tokens.enqueue(new MockResponse.Builder().body("secret garbage").build());
        assertThatThrownBy(() -> images.exists(DIGEST))
                .isInstanceOf(RegistryException.Protocol.class)
                .hasMessageContaining("did not answer with JSON")
                .hasMessageNotContaining("garbage")
                .hasNoCause();
    }

    @Test
    void aChangedFileCountsAtTheNextRequest() throws Exception {
        credentials("{\"username\":\"u\",\"password\":\"old\"}");
        challenge();
        token("t1", 300);
        ok();
        images.exists(DIGEST);
        credentials("{\"username\":\"u\",\"password\":\"newer\"}");
        token("t2", 300);
        ok();
        images.exists(DIGEST);
        registry.takeRequest();
        assertThat(authorization(registry)).isEqualTo("Bearer t1");
        assertThat(authorization(registry)).isEqualTo("Bearer t2");
    }
}
