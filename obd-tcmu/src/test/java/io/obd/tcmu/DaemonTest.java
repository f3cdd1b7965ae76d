package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.blobstore.CacheStats;
import io.obd.image.CachedBlobInfo;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.image.ServiceConfig;
import io.obd.image.SharedMirrors;
import io.obd.linux.Closing;
import io.obd.linux.LoopDevice;
import io.obd.linux.LoopDevices;
import io.obd.linux.MountTable;
import io.obd.linux.Mounts;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The daemon with images in memory: their size is the size of the lowest layer in the specification. */
@Timeout(60)
class DaemonTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path dir;

    private final AtomicInteger opens = new AtomicInteger();
    private final List<MemoryStore> stores = new ArrayList<>();
    private ImageSource images = this::open;
    private final RememberedCredentials credentials =
            new RememberedCredentials(CredentialSource.ANONYMOUS, InstantSource.system());
    private final SharedMirrors mirrors = new SharedMirrors();
    private final CacheStats cache = new CacheStats(1, 2, 3, 4, 5, 6);
    private ServiceConfig config;
    private Daemon daemon;
    private ControlClient client;

    private DiskImage open(ImageConfig image) throws IOException {
        opens.incrementAndGet();
        ImageConfig.Lower lower = image.lowers().getFirst();
        if (lower.size() == 0) {
            throw new IOException("layer 0: " + lower.digest() + ": not found");
        }
        MemoryStore store = new MemoryStore((int) lower.size());
        new Random(1).nextBytes(store.content);
        stores.add(store);
        return new DiskImage(store, image.upper().isPresent());
    }

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        config = ServiceConfig.read(Files.writeString(
                dir.resolve("overlaybd.json"),
                "{\"controlSocket\": \"%s/run/control.sock\", \"frontend\": \"fuse-loop\"}".formatted(dir)));
        daemon = Daemon.start(config, image -> images.open(image), credentials, mirrors, new FakeCache(cache));
        client = new ControlClient(config.controlSocket(), Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() throws IOException {
        for (DeviceInfo device : client.list()) {
            client.detach(device.id());
        }
        daemon.close();
        assertThat(MountTable.read().below(dir)).isEmpty();
        assertThat(devices()).isEmpty();
    }

    @Test
    void aStartThatFailsLeavesNoMountThatNobodyServes() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ServiceConfig second = ServiceConfig.read(
                    Files.writeString(dir.resolve("second.json"), """
                    {"controlSocket": "%s/second/control.sock", "frontend": "fuse-loop",
                     "serviceConfig": {"enable": true, "address": "http://127.0.0.1:%d"}}
                    """.formatted(dir, taken.getLocalPort())));
            assertThatThrownBy(() -> Daemon.start(second, images, credentials, mirrors, new FakeCache(cache)))
                    .hasMessageContaining("serviceConfig.address")
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()));
        }
        assertThat(MountTable.read().below(dir.resolve("second"))).isEmpty();
    }

    @Test
    void aSpecificationThatIsNoFileIsNotWaitedFor() throws Exception {
        Path pipe = dir.resolve("pipe.json");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> client.attach("1", pipe))
                .isInstanceOf(ControlException.class)
                .hasMessageContaining("is no regular file");
    }

    @Test
    void aRelativeResultFileIsBesideTheSpecification() throws IOException {
        Path spec = spec("a", MIB, false);
        Files.writeString(
                spec, Files.readString(spec).replace(dir.resolve("a.result").toString(), "a.result"));

        client.attach("1", spec);

        assertThat(dir.resolve("a.result")).hasContent("success");
    }

    private List<LoopDevice> devices() throws IOException {
        return new LoopDevices()
                .list().stream()
                        .filter(device -> device.backingFile().startsWith(dir.toString()))
                        .toList();
    }

    private Path spec(String name, long size, boolean writable) throws IOException {
        ImageConfig.Upper upper = writable ? new ImageConfig.Upper("index", "data", 1) : ImageConfig.Upper.NONE;
        Path file = dir.resolve(name + ".json");
        new ImageConfig(
                        "",
                        List.of(ImageConfig.Lower.remote("sha256:1", size, "")),
                        upper,
                        dir.resolve(name + ".result").toString(),
                        false,
                        "",
                        null)
                .write(file);
        return file;
    }

    @Test
    void anImageBecomesABlockDeviceAndGoesAgain() throws IOException {
        Path spec = spec("a", MIB, false);

        DeviceInfo device = client.attach("999999999-1", spec);

        assertThat(device.size()).isEqualTo(MIB);
        assertThat(device.frontend()).isEqualTo("fuse-loop");
        assertThat(device.writable()).isFalse();
        try (InputStream in = Files.newInputStream(Path.of(device.device()))) {
            assertThat(in.readAllBytes()).isEqualTo(stores.getFirst().content);
        }
        assertThat(client.list()).containsExactly(device);
        assertThat(client.find("999999999-1")).contains(device);
        assertThat(dir.resolve("a.result")).hasContent("success");

        client.detach("999999999-1");

        assertThat(client.list()).isEmpty();
        assertThat(client.find("999999999-1")).isEmpty();
        assertThat(devices()).isEmpty();
        assertThat(stores.getFirst().closed).isTrue();
    }

    @Test
    void theSocketIsForItsOwnerOnly() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(config.controlSocket())))
                .isEqualTo("rw-------");
        client.health();
    }

    @Test
    void attachingAgainGivesTheSameDevice() throws IOException {
        Path spec = spec("a", MIB, false);
        DeviceInfo device = client.attach("1", spec);

        assertThat(client.attach("1", spec)).isEqualTo(device);
        assertThat(opens).hasValue(1);
        assertThat(refusal(() -> client.attach("1", spec("b", MIB, false))).status())
                .isEqualTo(409);
    }

    @Test
    void manyRequestsForOneIdShareOneOpen() throws Exception {
        Path spec = spec("a", MIB, false);
        List<Future<DeviceInfo>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                answers.add(threads.submit(() -> client.attach("1", spec)));
            }
        }
        for (Future<DeviceInfo> answer : answers) {
            assertThat(answer.get()).isEqualTo(answers.getFirst().get());
        }
        assertThat(opens).hasValue(1);
    }

    @Test
    void anOpenThatTakesLongDoesNotDelayAnother() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        images = image -> {
            if (image.lowers().getFirst().size() == 2 * MIB) {
                begun.countDown();
                await(released);
            }
            return open(image);
        };
        Path slowSpec = spec("slow", 2 * MIB, false);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<DeviceInfo> slow = threads.submit(() -> client.attach("slow", slowSpec));
            try {
                await(begun);
                assertThat(client.attach("quick", spec("quick", MIB, false)).size())
                        .isEqualTo(MIB);
            } finally {
                released.countDown();
            }
            assertThat(slow.get(20, TimeUnit.SECONDS).size()).isEqualTo(2 * MIB);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void aFileSystemOnAWritableDeviceKeepsWhatIsWritten() throws Exception {
        DeviceInfo device = client.attach("1", spec("a", 64 * MIB, true));
        assertThat(new ProcessBuilder("mkfs.ext4", "-q", "-F", device.device())
                        .start()
                        .waitFor())
                .isZero();
        Path target = Files.createDirectory(dir.resolve("mnt"));
        Mounts mounts = new Mounts();
        mounts.mount(device.device(), target, "ext4", List.of());
        try {
            Files.writeString(target.resolve("file"), "kept");

            ControlException.Refused refused = refusal(() -> client.detach("1"));

            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.error().code()).isEqualTo("in-use");
            assertThat(refused.error().cause()).contains("mounted at " + target);
        } finally {
            mounts.unmount(target);
        }
        mounts.mount(device.device(), target, "ext4", List.of("ro"));
        assertThat(target.resolve("file")).hasContent("kept");
        mounts.unmount(target);
    }

    @Test
    void anImageThatCannotBeOpenedIsToldPrecisely() throws IOException {
        ControlException.Refused refused = refusal(() -> client.attach("1", spec("a", 0, false)));

        assertThat(refused.status()).isEqualTo(500);
        assertThat(refused.error().cause()).isEqualTo("layer 0: sha256:1: not found");
        assertThat(dir.resolve("a.result")).hasContent("failed:layer 0: sha256:1: not found");
        assertThat(client.list()).isEmpty();
        assertThat(client.attach("1", spec("a", MIB, false)).id()).isEqualTo("1");
    }

    @Test
    void aSpecificationThatIsNotJsonLeavesAResultToo() throws IOException {
        Path spec = Files.writeString(dir.resolve("config.v1.json"), "{\n  \"lowers\": [}\n");

        ControlException.Refused refused = refusal(() -> client.attach("1", spec));

        assertThat(refused.error().code()).isEqualTo("bad-config");
        assertThat(refused.error().cause()).contains(spec + ":2:");
        assertThat(dir.resolve("init-debug.log"))
                .content()
                .startsWith("failed:" + spec + ":2: ")
                .doesNotContain("\n");
    }

    @Test
    void requestsThatMakeNoSenseAreRefused() throws IOException {
        assertThat(refusal(() -> client.attach("../x", spec("a", MIB, false))).status())
                .isEqualTo(400);
        assertThat(refusal(() -> client.attach("1", Path.of("relative"))).status())
                .isEqualTo(400);
        assertThat(refusal(() -> client.attach("1", dir.resolve("missing")))
                        .error()
                        .cause())
                .contains("missing");
        assertThat(exchange("GET /v2 HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 404");
        assertThat(exchange("GET /v1/devices/%zz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(exchange("PUT /v1/health HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 405");
        assertThat(exchange("POST /v1/devices HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]"))
                .startsWith("HTTP/1.1 400")
                .contains("not a JSON object");
        assertThat(exchange("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
    }

    @Test
    void whatCannotBeClosedKeepsNothingElseOpen() {
        List<String> closed = new ArrayList<>();
        List<Closeable> parts = new ArrayList<>();
        for (String part : List.of("a", "b", "c")) {
            parts.add(() -> {
                closed.add(part);
                if (!part.equals("c")) {
                    throw new IOException(part);
                }
            });
        }

        assertThatThrownBy(() -> Closing.all(parts))
                .isInstanceOf(IOException.class)
                .hasMessage("a")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(closed).containsExactly("a", "b", "c");
    }

    @Test
    void whatTheCacheHoldsIsTold() throws IOException {
        assertThat(exchange("GET /v1/cache HTTP/1.1\r\n\r\n")).contains("\"bytesFetched\":3");
        assertThat(client.cachedBlobs()).containsExactly(new CachedBlobInfo("sha256:1", 20, 10, 1, ""));
        assertThat(client.verifyCache()).containsExactly(new CachedBlobInfo("sha256:1", 0, 10, 0, "incomplete"));
        assertThat(client.collectCache()).isEqualTo(10);
    }

    @Test
    void credentialsAreKeptInMemory() throws IOException {
        String body = """
                {"repository": "example.org/private", "username": "me", "secret": "s3cret", "ttlSeconds": 60}""";
        String request = "POST /v1/credentials HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;

        assertThat(exchange(request)).startsWith("HTTP/1.1 200").doesNotContain("s3cret");

        assertThat(credentials.find("example.org", "private/app"))
                .contains(new Credentials.UserPassword("me", "s3cret"));
        assertThat(exchange(request.replace("\"me\"", "1234"))).startsWith("HTTP/1.1 400");
        assertThat(exchange(request.replace(": 60}", ": 6_}")))
                .startsWith("HTTP/1.1 400")
                .doesNotContain("s3cret");
    }

    @Test
    void mirrorsAreTakenAndWhatIsNoneIsRefused() throws IOException {
        client.mirrors(List.of(new ServiceConfig.Mirror("mirror.example:5000", true, "", Map.of())));

        ControlException.Refused refused = refusal(() ->
                client.mirrors(List.of(new ServiceConfig.Mirror("user:secret@mirror.example", false, "", Map.of()))));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused).hasMessageContaining("mirrors: ").hasMessageNotContaining("secret");
    }

    @Test
    void aTokenIsHandedOverAsDockersHelpersDo() throws IOException {
        client.remember("example.org", new Credentials.IdentityToken("t0ken"), Duration.ofMinutes(1));

        assertThat(credentials.find("example.org", "app")).contains(new Credentials.IdentityToken("t0ken"));
    }

    private String exchange(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(config.controlSocket()))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(1 << 16);
            while (channel.read(answer) >= 0) {
                assertThat(answer.hasRemaining()).isTrue();
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aSecondDaemonInTheSameDirectoryIsRefused() {
        assertThatThrownBy(() -> Daemon.start(config, images, credentials, mirrors, new FakeCache(cache)))
                .hasMessageContaining("overlaybd-tcmu");
    }

    @Test
    void aSocketThatSomebodyAnswersIsNotTakenAway() throws IOException {
        daemon.close();
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(config.controlSocket()));

            assertThatThrownBy(() -> Daemon.start(config, images, credentials, mirrors, new FakeCache(cache)))
                    .hasMessageContaining("another daemon answers");
        }
        assertThat(config.controlSocket()).exists(); // stale now
        daemon = Daemon.start(config, images, credentials, mirrors, new FakeCache(cache));
        client.health();
    }

    private interface Request {
        void send() throws IOException;
    }

    private static ControlException.Refused refusal(Request request) {
        return Objects.requireNonNull(catchThrowableOfType(ControlException.Refused.class, request::send));
    }
}
