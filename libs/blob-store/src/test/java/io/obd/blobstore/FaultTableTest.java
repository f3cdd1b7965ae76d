package io.obd.blobstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.registry.Digest;
import io.obd.registry.ProxyRules;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a reader gets when the registry misbehaves, and after how long: a test for each row of the table in
 * docs/operators.md. A read never takes longer than its limit, and works again when the registry does.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class FaultTableTest {
    private static final int TIMES = Boolean.getBoolean("e2e.long") ? 100 : 1;

    private static final int GRANULE = 4096;
    private static final int SIZE = 1000 * GRANULE;

    /** The limit of a read. */
    private static final Duration LIMIT = Duration.ofSeconds(3);

    /** The longest silence within an answer. */
    private static final Duration SILENCE = Duration.ofMillis(400);

    /** "At once", on a busy machine. */
    private static final Duration AT_ONCE = Duration.ofMillis(2500);

    /** What a limit may be exceeded by, on a busy machine. */
    private static final Duration SLACK = Duration.ofSeconds(2);

    private static final byte[] CONTENT = new byte[SIZE];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @TempDir
    Path dir;

    private FaultyRegistry registry;
    private BlobStore store;
    private RegistryClient client;
    private CachedBlob blob;
    private int next;

    @BeforeEach
    void start() throws IOException {
        registry = FaultyRegistry.of(CONTENT);
        store = new BlobStore(
                new BlobStoreConfig(dir, 1 << 20, GRANULE, LIMIT, Duration.ofSeconds(1), Duration.ofSeconds(10)),
                FillCheck.NONE);
        open(registry.blobsUrl());
    }

    private void open(String url) throws IOException {
        stopReading();
        CredentialSource credentials = new CredentialSource() {
            @Override
            public Optional<Credentials> find(String host, String repository) {
                return Optional.of(new Credentials.UserPassword("user", "secret"));
            }

            @Override
            public String name() {
                return "the test";
            }
        };
        client = new RegistryClient(
                RegistryConfig.builder()
                        .proxies(ProxyRules.none())
                        .plainHttpHosts(Set.of("localhost"))
                        .connectTimeout(SILENCE)
                        .readTimeout(SILENCE)
                        .operationTimeout(LIMIT.multipliedBy(9).dividedBy(10))
                        .build(),
                credentials);
        Digest digest = registry.digest();
        blob = store.open(digest, SIZE, client.repositoryAt(url).blob(digest, SIZE));
    }

    private void stopReading() throws IOException {
        if (blob != null) {
            blob.close();
            client.close();
        }
    }

    @AfterEach
    void stop() throws IOException {
        stopReading();
        store.close();
        registry.close();
    }

    /** Bytes that were not read before. */
    private void read() throws IOException {
        int offset = next * 2 * GRANULE % (SIZE - 100);
        next++;
        blob.discard(offset, 100);
        ByteBuffer dst = ByteBuffer.allocate(100);
        blob.read(offset, dst);
        assertThat(dst.flip()).isEqualTo(ByteBuffer.wrap(CONTENT, offset, 100));
    }

    private interface Fault {
        void set() throws IOException;
    }

    private interface Reading {
        void run() throws IOException;
    }

    private static void within(Duration limit, Reading reading) throws IOException {
        long start = System.nanoTime();
        reading.run();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(limit);
    }

    /** The fault costs time only. */
    private void readsInTime(Duration limit, Fault fault) throws IOException {
        for (int i = 0; i < TIMES; i++) {
            fault.set();
            within(limit, this::read);
        }
    }

    /** The fault is an error of this type, that names the URL; without it all is well again. */
    private void failsInTime(
            Duration limit, Class<? extends IOException> type, String words, FaultyRegistry.Answer fault)
            throws IOException {
        for (int i = 0; i < TIMES; i++) {
            registry.answer(fault);
            within(limit, () -> {
                IOException failure = catchThrowableOfType(IOException.class, this::read);
                assertThat(failure).isInstanceOf(type).hasMessageContaining(words);
                assertThat(failure).hasMessageContaining("http://localhost:" + registry.port());
            });
            registry.answer(FaultyRegistry.Request::serve);
            read();
        }
    }

    @Test
    void aTokenThatExpiredIsRenewed() throws IOException {
        AtomicInteger token = new AtomicInteger();
        FaultyRegistry.Answer answer = request -> {
            if (request.target().startsWith("/token")) {
                request.reply(200, "{\"token\": \"t" + token.get() + "\"}");
            } else if (request.header("Authorization").equals("Bearer t" + token.get())) {
                request.serve();
            } else {
                request.reply(
                        401,
                        "",
                        "WWW-Authenticate: Bearer realm=\"http://localhost:" + registry.port()
                                + "/token\",service=\"s\",scope=\"repository:app:pull\"");
            }
        };
        registry.answer(answer);
        readsInTime(AT_ONCE, token::incrementAndGet);
    }

    @Test
    void anAddressInAnObjectStoreIsAskedAgainUntilItExpires() throws IOException {
        AtomicInteger signature = new AtomicInteger();
        AtomicInteger asked = new AtomicInteger();
        try (FaultyRegistry objects = FaultyRegistry.of(CONTENT)) {
            objects.answer(request -> {
                if (request.target().endsWith("sig=" + signature.get())) {
                    request.serve();
                } else {
                    request.reply(403, "<Error><Code>AccessDenied</Code></Error>");
                }
            });
            registry.answer(request -> {
                asked.incrementAndGet();
                request.reply(
                        307, "", "Location: http://localhost:" + objects.port() + "/object?sig=" + signature.get());
            });
            readsInTime(AT_ONCE, () -> asked.set(0));
            read();
            assertThat(asked.get()).isLessThanOrEqualTo(1);
            readsInTime(AT_ONCE, signature::incrementAndGet);
            assertThat(asked.get()).isGreaterThanOrEqualTo(TIMES);
        }
    }

    @Test
    void refusalsAreErrorsAtOnce() throws IOException {
        failsInTime(
                AT_ONCE,
                RegistryException.Unauthorized.class,
                "the registry does not accept",
                request -> request.reply(401, "", "WWW-Authenticate: Basic realm=\"r\""));
        failsInTime(AT_ONCE, RegistryException.Unauthorized.class, "403", request -> request.reply(403, ""));
        failsInTime(AT_ONCE, RegistryException.NotFound.class, "404", request -> request.reply(404, ""));
        failsInTime(AT_ONCE, RegistryException.Truncated.class, "has no bytes", request -> request.reply(416, ""));
    }

    @Test
    void aRegistryThatAsksForPatienceGetsIt() throws IOException {
        readsInTime(
                LIMIT.plus(SLACK), () -> registry.answerFirst(1, request -> request.reply(429, "", "Retry-After: 1")));
    }

    @Test
    void patienceEndsAtTheLimit() throws IOException {
        failsInTime(
                LIMIT.plus(SLACK),
                BlobUnavailableException.class,
                "429",
                request -> request.reply(429, "", "Retry-After: 100"));
    }

    @Test
    void aServerErrorThatPassesCostsTimeOnly() throws IOException {
        readsInTime(LIMIT.plus(SLACK), () -> registry.answerFirst(2, request -> request.reply(503, "")));
    }

    @Test
    void aServerErrorThatStaysIsAnErrorAtTheLimit() throws IOException {
        failsInTime(LIMIT.plus(SLACK), BlobUnavailableException.class, "500", request -> request.reply(500, "oh dear"));
    }

    @Test
    void anAnswerThatIsCutOffIsAskedForAgain() throws IOException {
        readsInTime(LIMIT.plus(SLACK), () -> registry.answerFirst(2, FaultyRegistry.Request::truncate));
        failsInTime(
                LIMIT.plus(SLACK), BlobUnavailableException.class, "unexpected end", FaultyRegistry.Request::truncate);
    }

    @Test
    void aConnectionThatIsResetIsMadeAgain() throws IOException {
        readsInTime(LIMIT.plus(SLACK), () -> registry.answerFirst(2, FaultyRegistry.Request::reset));
        failsInTime(LIMIT.plus(SLACK), BlobUnavailableException.class, "connection", FaultyRegistry.Request::reset);
    }

    @Test
    void wrongBytesAreNeverTaken() throws IOException {
        failsInTime(AT_ONCE, RegistryException.Protocol.class, "more bytes came", FaultyRegistry.Request::serveTooMuch);
        failsInTime(AT_ONCE, RegistryException.Protocol.class, "asked for was", FaultyRegistry.Request::serveElsewhere);
        failsInTime(
                AT_ONCE,
                RegistryException.Protocol.class,
                "HTML",
                request -> request.reply(200, "<html>Sign in</html>", "Content-Type: text/html; charset=utf-8"));
    }

    @Test
    void aDripIsAnErrorAtTheLimit() throws IOException {
        failsInTime(LIMIT.plus(SLACK), BlobUnavailableException.class, "in time", request -> request.drip(50));
    }

    @Test
    void silenceIsAnErrorAtTheLimit() throws IOException {
        failsInTime(LIMIT.plus(SLACK), BlobUnavailableException.class, "in time", FaultyRegistry.Request::keepSilent);
    }

    @Test
    void aNameThatIsUnknownIsAnErrorAtTheLimit() throws IOException {
        open("http://registry.invalid/v2/app/blobs");
        for (int i = 0; i < TIMES; i++) {
            within(LIMIT.plus(SLACK), () -> {
                IOException failure = catchThrowableOfType(IOException.class, this::read);
                assertThat(failure)
                        .isInstanceOf(BlobUnavailableException.class)
                        .hasMessageContaining("http://registry.invalid/v2/app/blobs/")
                        .hasMessageContaining("the host's name cannot be resolved");
            });
        }
        open(registry.blobsUrl());
        read();
    }

    @Test
    void aCertificateThatHasExpiredIsAnErrorAtOnce() throws IOException {
        HeldCertificate expired = new HeldCertificate.Builder()
                .addSubjectAlternativeName("localhost")
                .validityInterval(0, 1000)
                .build();
        ServerSocket socket = new HandshakeCertificates.Builder()
                .heldCertificate(expired)
                .build()
                .sslContext()
                .getServerSocketFactory()
                .createServerSocket(0, 100, InetAddress.getLoopbackAddress());
        try (FaultyRegistry tls = new FaultyRegistry(ByteBuffer.wrap(CONTENT), registry.digest(), socket)) {
            open("https://localhost:" + tls.port() + "/v2/app/blobs");
            for (int i = 0; i < TIMES; i++) {
                within(AT_ONCE, () -> {
                    IOException failure = catchThrowableOfType(IOException.class, this::read);
                    assertThat(failure)
                            .isInstanceOf(RegistryException.Unreachable.class)
                            .hasMessageContaining("https://localhost:" + tls.port())
                            .hasMessageContaining("no TLS connection");
                });
            }
        }
    }

    @Test
    void aRegistryThatIsGoneIsAnErrorAtTheLimitAndWorksWhenItIsBack() throws IOException {
        for (int i = 0; i < TIMES; i++) {
            int port = registry.port();
            registry.close();
            within(LIMIT.plus(SLACK), () -> {
                IOException failure = catchThrowableOfType(IOException.class, this::read);
                assertThat(failure)
                        .isInstanceOf(BlobUnavailableException.class)
                        .hasMessageContaining("http://localhost:" + port)
                        .hasMessageContaining("within 3.0 s");
            });
            ServerSocket socket = new ServerSocket(port, 1000, InetAddress.getLoopbackAddress());
            registry = new FaultyRegistry(ByteBuffer.wrap(CONTENT), Digest.sha256(CONTENT), socket);
            read();
        }
    }
}
