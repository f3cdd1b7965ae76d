package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.blobstore.FaultyRegistry;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceInfo;
import io.obd.image.DeviceStatus;
import io.obd.image.ImageConfig;
import io.obd.image.ServiceConfig;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.MountTable;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Devices whose layer is in a registry, which may be silent. */
@Timeout(90)
class RemoteDeviceTest {
    private static final int SIZE = 1 << 20;
    private static final int BLOCK = 4096;
    private static final int OTHERS = 19;

    @TempDir
    Path dir;

    @BeforeEach
    void needRoot() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
    }

    /** No time is compared: the silent registry answers when all the others have been read, and not before. */
    @Test
    void openingIsNotHeldUpByARegistryThatIsSilent() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        CompletableFuture<String> mayAnswer = new CompletableFuture<>();
        try (Backend backend = new Backend(Duration.ofSeconds(60));
                ExecutorService threads = Executors.newCachedThreadPool();
                FaultyRegistry good = registry(1);
                FaultyRegistry silent = registry(2)) {
            silent.answer(request -> {
                asked.complete(request.target());
                mayAnswer.join();
                request.serve();
            });
            Future<DeviceInfo> waiting = threads.submit(() -> backend.attach("silent", silent));
            asked.get(30, TimeUnit.SECONDS);

            List<Future<DeviceInfo>> others = new ArrayList<>();
            for (int i = 0; i < OTHERS; i++) {
                String id = "good-" + i;
                others.add(threads.submit(() -> backend.attach(id, good)));
            }
            for (Future<DeviceInfo> other : others) {
                assertThat(read(other.get(30, TimeUnit.SECONDS))).isEqualTo(content(1));
            }

            assertThat(waiting.isDone()).isFalse();
            mayAnswer.complete("now");
            assertThat(read(waiting.get(30, TimeUnit.SECONDS))).isEqualTo(content(2));
        }
    }

    @Test
    void whoOpensFromARegistryThatIsSilentIsToldAtTheLimit() throws Exception {
        Duration limit = Duration.ofSeconds(2);
        try (Backend backend = new Backend(limit);
                FaultyRegistry silent = registry(1)) {
            silent.answer(FaultyRegistry.Request::keepSilent);
            long start = System.nanoTime();

            assertThatThrownBy(() -> backend.attach("silent", silent))
                    .isInstanceOf(ControlException.Refused.class)
                    .hasMessageContaining(silent.blobsUrl() + "/" + silent.digest())
                    .hasMessageContaining("not finished in time after ");

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(limit.multipliedBy(9).dividedBy(10), limit.multipliedBy(5));
            assertThat(dir.resolve("silent.result"))
                    .content()
                    .startsWith("failed:")
                    .contains(silent.blobsUrl());
        }
    }

    @Test
    void anEntryOfTheCacheBelongsToItsDigestAndNotToWhoOpenedItFirst() throws Exception {
        try (Backend backend = new Backend(Duration.ofSeconds(30));
                FaultyRegistry first = registry(1);
                FaultyRegistry second = registry(1)) {
            first.answer(request -> request.reply(404, ""));
            assertThatThrownBy(() -> backend.attach("one", first)).hasMessageContaining("404");

            assertThat(read(backend.attach("two", second))).isEqualTo(content(1));
        }
    }

    @Test
    void whatIsCachedIsForThoseRepositoriesOnlyThatGiveItOut() throws Exception {
        try (Backend backend = new Backend(Duration.ofSeconds(30));
                FaultyRegistry open = registry(1);
                FaultyRegistry guarded = registry(1)) {
            assertThat(read(backend.attach("one", open))).isEqualTo(content(1));
            guarded.answer(request -> request.reply(401, "", "WWW-Authenticate: Basic realm=\"r\""));

            assertThatThrownBy(() -> backend.attach("two", guarded))
                    .hasMessageContaining("401")
                    .hasMessageContaining(guarded.blobsUrl());

            guarded.answer(FaultyRegistry.Request::serve);
            assertThat(read(backend.attach("two", guarded))).isEqualTo(content(1));
            assertThat(guarded.sent()).isLessThan(SIZE / 2);
        }
    }

    @Test
    void whatIsDamagedInTheCacheIsFetchedAgain() throws Exception {
        try (Backend backend = new Backend(Duration.ofSeconds(30));
                FaultyRegistry registry = registry(1, LayerOptions.COMPRESSED)) {
            DeviceInfo device = backend.attach("one", registry);
            assertThat(read(device)).isEqualTo(content(1));
            Await.that("the cache to have it", () -> damage(registry.digest()) > SIZE);
            int before = registry.requests();

            assertThat(readDirectly(device)).isEqualTo(content(1));
            assertThat(registry.requests()).isGreaterThan(before);
        }
    }

    @Test
    void whatIsDamagedAtTheRegistryIsAskedForTwiceAndThenAnError() throws Exception {
        byte[] layer = layer(1, LayerOptions.COMPRESSED);
        Digest digest = Digest.sha256(layer);
        layer[SIZE / 2]++;
        try (Backend backend = new Backend(Duration.ofSeconds(30));
                FaultyRegistry registry = new FaultyRegistry(ByteBuffer.wrap(layer), digest)) {
            AtomicInteger asked = new AtomicInteger();
            registry.answer(request -> {
                if (contains(request.header("Range"), SIZE / 2)) {
                    asked.incrementAndGet();
                }
                request.serve();
            });
            DeviceInfo device = backend.attach("one", registry);

            assertThatThrownBy(() -> readDirectly(device)).hasMessageContaining("Input/output error");
            assertThat(asked).hasValue(2);

            assertThatThrownBy(() -> readDirectly(device)).hasMessageContaining("Input/output error");
            assertThat(asked).hasValue(3);
        }
    }

    private static boolean contains(String range, int position) {
        String[] bounds = range.substring("bytes=".length()).split("-", -1);
        return Integer.parseInt(bounds[0]) <= position && position <= Integer.parseInt(bounds[1]);
    }

    /** Changes what is cached of a blob; returns how many bytes that was. */
    private long damage(Digest digest) throws IOException {
        long length = 0;
        try (Stream<Path> files = Files.walk(dir.resolve("cache"))) {
            for (Path file : files.filter(f -> f.getFileName().toString().matches("[0-9]+"))
                    .toList()) {
                assertThat(file.toString()).contains(digest.hex());
                try (FileChannel segment = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    length += segment.size();
                    segment.write(ByteBuffer.wrap(new byte[100]), segment.size() / 2);
                }
            }
        }
        return length;
    }

    /** A certificate that runs out while the device is used, and is renewed. */
    @Test
    void aCertificateThatExpiresIsAnErrorUntilItIsRenewed() throws Exception {
        HeldCertificate authority =
                new HeldCertificate.Builder().certificateAuthority(0).build();
        Path ca = Files.writeString(dir.resolve("ca.pem"), authority.certificatePem());
        byte[] layer = layer(1, LayerOptions.PLAIN);
        Digest digest = Digest.sha256(layer);
        try (Backend backend = new Backend(
                Duration.ofSeconds(5),
                "",
                ", \"caFiles\": [\"" + ca + "\"], \"connectTimeout\": 2",
                ", \"refillSize\": 4096")) {
            FaultyRegistry registry = overTls(0, authority, valid(), layer, digest);
            int port = registry.port();
            DeviceInfo device;
            try {
                device = backend.attach("one", "https://localhost:" + port + "/v2/app/blobs", digest);
                assertThat(readDirectly(device, 0, BLOCK)).isEqualTo(Arrays.copyOf(content(1), BLOCK));
            } finally {
                registry.close();
            }
            HeldCertificate.Builder expired = new HeldCertificate.Builder().validityInterval(0, 1000);
            try (FaultyRegistry late = overTls(port, authority, expired, layer, digest)) {
                assertThatThrownBy(() -> readDirectly(device, SIZE / 2, BLOCK))
                        .hasMessageContaining("Input/output error");
                assertThat(backend.client.status().getFirst().lastError())
                        .contains("https://localhost:" + port)
                        .contains("no TLS connection");
                assertThat(late.requests()).isZero();
            }
            try (FaultyRegistry renewed = overTls(port, authority, valid(), layer, digest)) {
                assertThat(readDirectly(device, SIZE / 2, BLOCK))
                        .isEqualTo(Arrays.copyOfRange(content(1), SIZE / 2, SIZE / 2 + BLOCK));
                assertThat(renewed.requests()).isPositive();
            }
        }
    }

    private static HeldCertificate.Builder valid() {
        return new HeldCertificate.Builder();
    }

    private static FaultyRegistry overTls(
            int port, HeldCertificate authority, HeldCertificate.Builder certificate, byte[] layer, Digest digest)
            throws IOException {
        ServerSocket socket = new HandshakeCertificates.Builder()
                .heldCertificate(certificate
                        .addSubjectAlternativeName("localhost")
                        .signedBy(authority)
                        .build())
                .build()
                .sslContext()
                .getServerSocketFactory()
                .createServerSocket(port, 100, InetAddress.getLoopbackAddress());
        return new FaultyRegistry(ByteBuffer.wrap(layer), digest, socket);
    }

    @Test
    void whatADeviceHasReadIsInItsStatusTheMetricsAndTheAuditLog() throws Exception {
        try (Backend backend =
                        new Backend(Duration.ofSeconds(30), ", \"exporterConfig\": {\"enable\": true, \"port\": 0}");
                FaultyRegistry registry = registry(1)) {
            registry.answerFirst(2, request -> request.reply(503, ""));

            DeviceInfo device = backend.attach("one", registry);
            assertThat(read(device)).isEqualTo(content(1));

            DeviceStatus status = backend.client.status().getFirst();
            assertThat(status.device()).isEqualTo(device.device());
            assertThat(status.image()).isEqualTo(registry.blobsUrl());
            assertThat(status.layers()).isEqualTo(1);
            assertThat(status.needed().local()).isZero();
            assertThat(status.needed().cache() + status.needed().registry()).isGreaterThan(SIZE);
            assertThat(status.fetched().reads())
                    .isBetween((long) SIZE, status.total().remote());
            assertThat(status.hitRate()).isBetween(0.0, 1.0);
            assertThat(status.toLocal()).isEqualTo(DeviceStatus.ToLocal.REMOTE);

            String metrics = metrics(backend.service.metricsPort());
            String host = "host=\"localhost:" + registry.port() + "\"";
            assertThat(metrics)
                    .contains("OverlayBD_Alive 1.0")
                    .contains("OverlayBD_Count{node=\"download\",type=\"download\"} ")
                    .contains("OverlayBD_QPS{mode=\"read\",node=\"pread\",type=\"pread\"} ")
                    .contains("overlaybd_devices 1.0")
                    .contains("overlaybd_hung_requests 0.0")
                    .contains("overlaybd_registry_requests_total{" + host + ",status=\"503\"} 2.0")
                    .contains("overlaybd_registry_requests_total{" + host + ",status=\"206\"} ")
                    .contains("overlaybd_fetched_bytes_total{purpose=\"reads\"} "
                            + (double) status.fetched().reads());

            Path audit = dir.resolve("audit.log");
            Await.that(
                    "a line for each fetch",
                    () -> Files.readString(audit)
                            .contains("|download[pathname=" + registry.blobsUrl() + "/" + registry.digest()
                                    + "][offset=0]"));
        }
    }

    private static String metrics(int port) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static byte[] content(int seed) {
        byte[] content = new byte[SIZE];
        new Random(seed).nextBytes(content);
        return content;
    }

    /** A registry with a layer of random bytes. */
    private FaultyRegistry registry(int seed) throws IOException {
        return registry(seed, LayerOptions.PLAIN);
    }

    private FaultyRegistry registry(int seed, LayerOptions options) throws IOException {
        return FaultyRegistry.of(layer(seed, options));
    }

    private byte[] layer(int seed, LayerOptions options) throws IOException {
        Path layer = dir.resolve("layer-" + seed);
        Files.deleteIfExists(layer);
        try (LayerWriter writer = LayerWriter.create(layer, SIZE, null, options)) {
            writer.write(0, ByteBuffer.allocateDirect(SIZE).put(content(seed)).flip());
            writer.finish();
        }
        return Files.readAllBytes(layer);
    }

    private static byte[] read(DeviceInfo device) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of(device.device()))) {
            return in.readAllBytes();
        }
    }

    /** All of it, block by block and past the page cache. */
    private byte[] readDirectly(DeviceInfo device) throws Exception {
        return readDirectly(device, 0, SIZE);
    }

    private byte[] readDirectly(DeviceInfo device, int offset, int length) throws Exception {
        Path output = dir.resolve("read");
        Process dd = new ProcessBuilder(
                        "dd",
                        "if=" + device.device(),
                        "of=" + output,
                        "bs=" + BLOCK,
                        "skip=" + offset / BLOCK,
                        "count=" + length / BLOCK,
                        "iflag=direct",
                        "status=none")
                .redirectErrorStream(true)
                .start();
        String error = new String(dd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (dd.waitFor() != 0) {
            throw new IOException(error);
        }
        return Files.readAllBytes(output);
    }

    /** A daemon, of which nothing is left when it is closed. */
    private final class Backend implements AutoCloseable {
        private final Service service;
        private final ControlClient client;

        /** @param limit longest wait for a registry */
        Backend(Duration limit) throws IOException {
            this(limit, "");
        }

        /** @param more keys of overlaybd.json */
        Backend(Duration limit, String more) throws IOException {
            this(limit, more, "", "");
        }

        /**
         * @param ofRegistry more keys of {@code registry}
         * @param ofCache more keys of {@code cacheConfig}
         */
        Backend(Duration limit, String more, String ofRegistry, String ofCache) throws IOException {
            ServiceConfig config = ServiceConfig.read(Files.writeString(
                    dir.resolve("overlaybd.json"), """
                    {"controlSocket": "%1$s/run/control.sock", "frontend": "fuse-loop", "ioTimeoutSeconds": %2$d,
                     "cacheConfig": {"cacheType": "file", "cacheDir": "%1$s/cache"%5$s}, "credentialFilePath": "",
                     "auditPath": "%1$s/audit.log"%3$s,
                     "registry": {"readTimeout": %2$d, "hostsDir": "%1$s/none"%4$s}}""".formatted(dir, limit.toSeconds(), more, ofRegistry, ofCache)));
            service = Service.start(config, Map.of());
            client = new ControlClient(config.controlSocket(), Duration.ofSeconds(60));
        }

        DeviceInfo attach(String id, FaultyRegistry registry) throws IOException {
            return attach(id, registry.blobsUrl(), registry.digest());
        }

        DeviceInfo attach(String id, String blobsUrl, Digest digest) throws IOException {
            Path spec = dir.resolve(id + ".json");
            new ImageConfig(
                            blobsUrl,
                            List.of(ImageConfig.Lower.remote(digest.toString(), 0, "")),
                            ImageConfig.Upper.NONE,
                            dir.resolve(id + ".result").toString(),
                            false,
                            "",
                            null)
                    .write(spec);
            return client.attach(id, spec);
        }

        /** Devices outlive the daemon: what is attached here is to be detached here. */
        @Override
        public void close() throws IOException {
            try (service) {
                for (DeviceInfo device : client.list()) {
                    client.detach(device.id());
                }
            }
            assertThat(MountTable.read().below(dir)).isEmpty();
            assertThat(new LoopDevices().list())
                    .extracting(LoopDevice::backingFile)
                    .noneMatch(file -> file.startsWith(dir.toString()));
            assertThat(dir.resolve("run/holder.sock")).doesNotExist();
        }
    }
}
