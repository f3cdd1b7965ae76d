package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.nio.file.ExtendedOpenOption;
import io.obd.blobstore.FaultyRegistry;
import io.obd.image.ControlClient;
import io.obd.image.ControlException;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.RegistryBlobs;
import io.obd.image.ServiceConfig;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.registry.CredentialSource;
import io.obd.registry.Digest;
import io.obd.tcmu.download.ImageDownloads;
import io.obd.tcmu.trace.ImageTraces;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Devices whose layer is in a registry that misbehaves or is far away. */
@Timeout(120)
class RemoteDeviceTest {
    private static final int BLOCK = 4096;
    private static final int SIZE = 24 << 20;
    private static final int IO_TIMEOUT_SECONDS = 3;

    @TempDir
    Path dir;

    private final byte[] content = new byte[SIZE];
    private FaultyRegistry registry;
    private RegistryBlobs blobs;
    private Daemon daemon;
    private ControlClient client;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        new Random(5).nextBytes(content);
        Path layer = dir.resolve("layer");
        try (LayerWriter writer = LayerWriter.create(layer, SIZE, null, LayerOptions.PLAIN)) {
            writer.write(0, ByteBuffer.allocateDirect(SIZE).put(content).flip());
            writer.finish();
        }
        registry = FaultyRegistry.of(Files.readAllBytes(layer));
        startDaemon();
    }

    private void startDaemon() throws IOException {
        ServiceConfig config = ServiceConfig.read(
                Files.writeString(dir.resolve("overlaybd.json"), """
                {"controlSocket": "%1$s/run/control.sock", "frontend": "fuse-loop", "ioTimeoutSeconds": %2$d,
                 "cacheConfig": {"cacheType": "file", "cacheDir": "%1$s/cache"},
                 "registry": {"readTimeout": 1, "hostsDir": "%1$s/none", "insecureHosts": ["localhost"]}}""".formatted(dir, IO_TIMEOUT_SECONDS)));
        blobs = RegistryBlobs.open(config, CredentialSource.ANONYMOUS);
        daemon = Daemon.start(
                config,
                new RegistryImages(blobs, new ImageTraces(16), new ImageDownloads(config.download(), blobs)),
                new RememberedCredentials(CredentialSource.ANONYMOUS, InstantSource.system()),
                blobs.store());
        client = new ControlClient(config.controlSocket(), Duration.ofSeconds(60));
    }

    @AfterEach
    void stop() throws IOException {
        stopDaemon();
        registry.close();
    }

    private void stopDaemon() throws IOException {
        daemon.close();
        blobs.close();
    }

    private Path attach(String id, String url, Digest digest, String trace) throws IOException {
        Path config = dir.resolve(id + ".json");
        Lower lower = Lower.remote(digest.toString(), 0, "");
        new ImageConfig(
                        url,
                        List.of(lower),
                        Upper.NONE,
                        dir.resolve(id + ".result").toString(),
                        false,
                        trace,
                        null)
                .write(config);
        return Path.of(client.attach(id, config).device());
    }

    private Path attach(String trace) throws IOException {
        return attach("a", registry.blobsUrl(), registry.digest(), trace);
    }

    /** Past the kernel's page cache. */
    private void read(Path device, long offset) throws IOException {
        ByteBuffer block =
                ByteBuffer.allocateDirect(2 * BLOCK).alignedSlice(BLOCK).limit(BLOCK);
        try (FileChannel channel = FileChannel.open(device, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
            assertThat(channel.read(block, offset)).isEqualTo(BLOCK);
        }
        assertThat(block.flip()).isEqualTo(ByteBuffer.wrap(content, (int) offset, BLOCK));
    }

    @Test
    void everyFaultIsAnErrorInTimeAndPasses() throws Exception {
        Path device = attach("");
        read(device, 0);
        List<FaultyRegistry.Answer> faults = List.of(
                request -> request.reply(401, "", "WWW-Authenticate: Basic realm=\"r\""),
                request -> request.reply(403, ""),
                request -> request.reply(404, ""),
                request -> request.reply(416, ""),
                request -> request.reply(429, "", "Retry-After: 100"),
                request -> request.reply(503, ""),
                request -> request.reply(200, "<html></html>", "Content-Type: text/html"),
                FaultyRegistry.Request::truncate,
                FaultyRegistry.Request::serveTooMuch,
                FaultyRegistry.Request::serveElsewhere,
                FaultyRegistry.Request::reset,
                FaultyRegistry.Request::keepSilent,
                request -> request.drip(50));
        long offset = 2 << 20;
        for (FaultyRegistry.Answer fault : faults) {
            long at = offset;
            registry.answer(fault);
            long start = System.nanoTime();
            assertThatThrownBy(() -> read(device, at)).hasMessageContaining("Input/output error");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(IO_TIMEOUT_SECONDS + 5));

            registry.answer(FaultyRegistry.Request::serve);
            read(device, at);
            offset += 1536 << 10;
        }
        client.detach("a");
    }

    @Test
    void openingIsNotHeldUpByARegistryThatIsSilent() throws Exception {
        byte[] other = new byte[1 << 20];
        try (FaultyRegistry silent = FaultyRegistry.of(other);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            silent.answer(FaultyRegistry.Request::keepSilent);
            long start = System.nanoTime();
            Future<Path> hanging = threads.submit(() -> attach("silent", silent.blobsUrl(), silent.digest(), ""));
            while (silent.requests() == 0) {
                Thread.onSpinWait();
            }
            List<Future<Path>> devices = new ArrayList<>();
            for (int i = 0; i < 19; i++) {
                String id = "d" + i;
                devices.add(threads.submit(() -> attach(id, registry.blobsUrl(), registry.digest(), "")));
            }
            for (Future<Path> device : devices) {
                read(device.get(), 8 * BLOCK);
            }
            Duration others = Duration.ofNanos(System.nanoTime() - start);
            assertThatThrownBy(hanging::get)
                    .cause()
                    .isInstanceOf(ControlException.class)
                    .hasMessageContaining(silent.blobsUrl())
                    .hasMessageContaining("no answer in time");
            Duration all = Duration.ofNanos(System.nanoTime() - start);
            assertThat(all).isLessThan(Duration.ofSeconds(IO_TIMEOUT_SECONDS + 10));
            System.out.printf(
                    "19 images attached and read in %d ms beside one that failed after %d ms%n",
                    others.toMillis(), all.toMillis());
            for (int i = 0; i < 19; i++) {
                client.detach("d" + i);
            }
        }
    }

    @Test
    void aTraceMakesAColdStartFromFarAwayFast() throws Exception {
        Path trace = Files.createFile(dir.resolve("trace"));
        startUp(attach(trace.toString()));
        client.detach("a");
        assertThat(dir.resolve("trace.ok")).exists();
        registry.move(200, 1000);

        long without = coldStart("");
        long with = coldStart(trace.toString());

        System.out.printf(
                "60 reads at 200 ms: %d ms without a trace, %d ms with one; one request at a time is %d ms%n",
                without, with, 60 * 202);
        assertThat(with).isLessThan(without);
        assertThat(with * 5).isLessThan(60 * 202);
    }

    private long coldStart(String trace) throws Exception {
        stopDaemon();
        delete(dir.resolve("cache"));
        startDaemon();
        Path device = attach(trace);
        long start = System.nanoTime();
        startUp(device);
        long millis = (System.nanoTime() - start) / 1_000_000;
        client.detach("a");
        return millis;
    }

    /** 60 places, each in another 256 KiB. */
    private void startUp(Path device) throws IOException {
        Random random = new Random(8);
        List<Integer> places =
                new ArrayList<>(random.ints(0, 90).distinct().limit(60).boxed().toList());
        for (int place : places) {
            read(device, place * (256L << 10) + 5 * BLOCK);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
