package io.obd.tcmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.image.ControlClient;
import io.obd.image.DeviceInfo;
import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.lsmt.WritableLayer.Kind;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Snapshots of devices that are in use, asked for over HTTP. */
@Timeout(120)
class SnapshotApiTest {
    private static final long SIZE = 32 << 20;
    private static final int SNAPSHOTS = 10;

    @TempDir
    Path dir;

    private final HttpClient http = HttpClient.newHttpClient();
    private WritableImages images;
    private Daemon daemon;
    private ControlClient client;
    private int port;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "mounting needs the root user");
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        String service =
                ", \"serviceConfig\": {\"enable\": true, \"address\": \"http://127.0.0.1:%d\"}".formatted(port);
        images = new WritableImages(dir, service, SIZE);
        daemon = images.start();
        client = images.client();
    }

    @AfterEach
    void stop() throws IOException {
        images.stop(daemon);
    }

    private HttpResponse<String> get(String pathAndQuery) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + pathAndQuery))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> snapshot(String id, Path next) throws IOException, InterruptedException {
        String config = URLEncoder.encode(next.toString(), StandardCharsets.UTF_8);
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + "/snapshot?dev_id=" + id + "&config=" + config))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @EnumSource(names = {"LOG", "SPARSE"})
    void noBlockIsWrongWhileSnapshotsAreTakenAndAfterARestart(Kind kind) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/fio")), "fio is not installed");
        Path spec = images.create("a", kind);
        DeviceInfo device = client.attach("1", spec);
        Process fio = new ProcessBuilder(fio(device, "--time_based", "--runtime=8"))
                .redirectErrorStream(true)
                .start();
        List<Long> pauses = new ArrayList<>();
        for (int i = 1; i <= SNAPSHOTS; i++) {
            fio.waitFor(500, TimeUnit.MILLISECONDS);
            Path next = images.next(spec, "a-" + i, kind);
            long start = System.nanoTime();

            HttpResponse<String> answer = snapshot("1", next);

            pauses.add((System.nanoTime() - start) / 1_000_000);
            assertThat(answer.body()).contains("Snapshot created successfully").contains("\"success\":true");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(next).doesNotExist();
        }
        assertThat(fio.isAlive()).as("the snapshots were taken under load").isTrue();
        String printed = new String(fio.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(fio.waitFor()).as(printed).isZero();
        System.out.println(kind + " layers: milliseconds for each snapshot " + pauses);
        assertThat(ImageConfig.read(spec).lowers()).hasSize(1 + SNAPSHOTS);

        String before = Shell.run("sha256sum", device.device()).split(" ")[0];
        daemon.close();
        awaitFreePort();
        daemon = images.start();
        device = client.attach("1", spec);

        assertThat(Shell.run("sha256sum", device.device()).split(" ")[0]).isEqualTo(before);
    }

    /** The listening socket is gone some time after it was closed. */
    private void awaitFreePort() throws Exception {
        Await.that("the port is free", () -> {
            try (ServerSocket _ = new ServerSocket(port)) {
                return true;
            } catch (BindException _) {
                return false;
            }
        });
    }

    private static String[] fio(DeviceInfo device, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "fio",
                "--name=verify",
                "--filename=" + device.device(),
                "--rw=randwrite",
                "--bsrange=4k-64k",
                "--blockalign=4k",
                "--size=30m",
                "--direct=1",
                "--ioengine=libaio",
                "--iodepth=8",
                "--fsync=32",
                "--verify=crc32c",
                "--verify_backlog=64",
                "--verify_fatal=1",
                "--verify_state_save=0"));
        command.addAll(List.of(more));
        return command.toArray(String[]::new);
    }

    @Test
    void requestsThatMakeNoSenseAreRefusedInTheFormOfTheApi() throws Exception {
        Path spec = images.create("a", Kind.LOG);
        client.attach("1", spec);
        Path next = images.next(spec, "a-1", Kind.LOG);

        assertThat(get("/snapshot?dev_id=1").statusCode()).isEqualTo(400);
        assertThat(get("/snapshot?dev_id=1").body()).contains("missing parameter: config");
        assertThat(snapshot("2", next).statusCode()).isEqualTo(404);
        assertThat(snapshot("2", next).body()).contains("Image file not found");
        assertThat(snapshot("1", dir.resolve("missing")).statusCode()).isEqualTo(500);
        assertThat(snapshot("1", Path.of("relative")).statusCode()).isEqualTo(400);
        assertThat(get("/other").statusCode()).isEqualTo(404);
        // A parameter of an earlier request counts for that one only.
        assertThat(snapshot("1", next).statusCode()).isEqualTo(200);
        assertThat(get("/snapshot?dev_id=1").statusCode()).isEqualTo(400);
    }

    @Test
    void aSpecificationThatWouldLoseDataIsRefused() throws Exception {
        Path spec = images.create("a", Kind.LOG);
        client.attach("1", spec);
        ImageConfig now = ImageConfig.read(spec);
        Path next = images.next(spec, "a-1", Kind.LOG);
        ImageConfig good = ImageConfig.read(next);
        Lower other = Lower.file(now.lowers().getFirst().file());

        assertRefused(next, good.withUpper(now.upper()), "a file of the layer that is written now");
        assertRefused(next, good.withUpper(ImageConfig.Upper.NONE), "no upper");
        assertRefused(next, new ImageConfig("", now.lowers(), "").withUpper(good.upper()), "2 layers are expected");
        assertRefused(
                next,
                new ImageConfig("", List.of(other, other), "").withUpper(good.upper()),
                "the highest layer is not the upper of now");
        assertRefused(
                next,
                new ImageConfig(
                                "",
                                List.of(good.lowers().getLast(), good.lowers().getLast()),
                                "")
                        .withUpper(good.upper()),
                "layer 0 is not that of now");
        assertThat(ImageConfig.read(spec)).isEqualTo(now);
    }

    private void assertRefused(Path next, ImageConfig config, String reason) throws Exception {
        config.write(next);
        HttpResponse<String> answer = snapshot("1", next);
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("\"success\":false").contains(reason);
    }
}
