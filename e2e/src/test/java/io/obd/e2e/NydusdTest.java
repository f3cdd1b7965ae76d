package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** nydusd serves what the original built, from local files and from a registry, and outlives its own death. */
@Tag("e2e")
@Timeout(300)
class NydusdTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int KILLS = 2;
    private static final List<String> UNCACHED =
            List.of("v5-zstd/base", "v6-none/base", "v6-opt-batch/base", "v6-targzref/base", "v6-zstd/base");

    private final NydusGolden golden = NydusGolden.in(TestEnvironment.sources());
    private Path directory = Path.of("");
    private Path mountPoint = Path.of("");

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = TestEnvironment.directory(NydusdTest.class);
        mountPoint = Files.createDirectories(directory.resolve("mnt"));
    }

    @AfterEach
    void sweep() throws IOException, InterruptedException {
        new Leftovers(directory).sweep();
    }

    @Test
    void everyImageIsTheTreeThatItWasBuiltOf() throws Exception {
        try (NydusDaemon nydusd = NydusDaemon.start(directory, "nydusd", mountPoint, "RUNNING", List.of())) {
            for (String image : NydusGolden.images()) {
                assertThat(nydusd.mount("/" + image, golden.bootstrap(image), cached(golden.blobs()))
                                .status())
                        .isEqualTo(204);
                assertThat(golden.differences(image, mountPoint.resolve(image)))
                        .as(image)
                        .isEmpty();
            }
            for (String image : UNCACHED) {
                assertThat(nydusd.mount("/uncached/" + image, golden.bootstrap(image), uncached())
                                .status())
                        .isEqualTo(204);
                assertThat(golden.differences(image, mountPoint.resolve("uncached/" + image)))
                        .as(image + " without a cache")
                        .isEmpty();
            }
            assertThat(nydusd.mount("/v5-none/base", golden.bootstrap("v5-none/base"), uncached())
                            .body())
                    .contains("/v5-none/base already");
            assertThat(nydusd.request("DELETE", "/api/v1/mount?mountpoint=/v5-none/base", "")
                            .status())
                    .isEqualTo(204);
            assertThat(mountPoint.resolve("v5-none")).doesNotExist();
            assertThat(nydusd.mount(
                                    "/moved",
                                    golden.bootstrap("v6-none/base"),
                                    uncached().replace("\"mode\"", "\"id_mapping\":[0,100000,65536],\"mode\""))
                            .status())
                    .isEqualTo(204);
            assertThat(Files.getAttribute(mountPoint.resolve("moved"), "unix:uid"))
                    .isEqualTo(100000);
            apiOfTheOriginal(nydusd);
            JsonNode info = nydusd.request("GET", "/api/v1/daemon", "").json();
            assertThat(info.get("backend_collection").has("/v6-none/base")).isTrue();
            assertThat(info.get("backend_collection").has("/v5-none/base")).isFalse();
            assertThat(nydusd.request("GET", "/api/v1/metrics", "").status()).isEqualTo(404);
            assertThat(nydusd.request("GET", "/api/v1/metrics?id=/v6-none/base", "")
                            .json()
                            .get("data_read")
                            .asLong())
                    .isPositive();
        }
        assertThat(new Leftovers(directory).mounts()).isEmpty();
    }

    private void apiOfTheOriginal(NydusDaemon nydusd) throws IOException {
        assertThat(nydusd.request("PUT", "/api/v1/daemon", "{\"log_level\":\"error\"}")
                        .status())
                .isEqualTo(204);
        assertThat(nydusd.mount("/quiet", golden.bootstrap("v6-none/base"), uncached())
                        .status())
                .isEqualTo(204);
        assertThat(nydusd.request("PUT", "/api/v1/daemon", "{\"log_level\":\"info\"}")
                        .status())
                .isEqualTo(204);
        assertThat(nydusd.log().text()).contains(" at /moved").doesNotContain(" at /quiet");
        assertThat(nydusd.request("PUT", "/api/v1/daemon", "{\"log_level\":\"loud\"}")
                        .body())
                .contains("log_level is none of");
        assertThat(nydusd.request("GET", "/api/v1/config?id=/quiet", "").body()).isEqualTo("{}");
        assertThat(nydusd.request("GET", "/api/v1/metrics/pattern?id=/none", "").body())
                .contains("Pattern(Metrics(Stats(NoCounter)))");
        assertThat(nydusd.request("PUT", "/api/v1/config?id=/quiet", "{\"proxy_url\":\"http://p:1\"}")
                        .body())
                .contains("neither credentials nor proxy");
        assertThat(nydusd.request("PUT", "/api/v2/blobs", "{}").status()).isEqualTo(501);
        assertThat(nydusd.request(
                                "POST",
                                "/api/v1/mount?mountpoint=/shared",
                                "{\"fs_type\":\"passthrough_fs\",\"source\":\"/tmp\",\"config\":\"\"}")
                        .body())
                .contains("fs_type passthrough_fs is not supported");
    }

    /** As the guides have it: without a cache, started by hand, and unmounted by somebody else. */
    @Test
    void anImageIsMountedByHandUntilItIsUnmounted() throws Exception {
        Path config = Files.writeString(directory.resolve("localfs.json"), uncached());
        try (NydusDaemon nydusd = NydusDaemon.start(
                directory,
                "nydusd",
                mountPoint,
                "RUNNING",
                List.of(
                        "--config",
                        config.toString(),
                        "--bootstrap",
                        golden.bootstrap("v6-none/base").toString(),
                        "--log-level",
                        "info"))) {
            assertThat(golden.differences("v6-none/base", mountPoint)).isEmpty();
            Commands.in(directory).run("umount", mountPoint.toString()).orFail();
            assertThat(nydusd.awaitEnd(LIMIT)).isZero();
        }
    }

    @Test
    void imagesOfARegistryAreServedAndTheirCacheStartsWarm() throws Exception {
        GoldenImage image = TestEnvironment.goldenImage();
        try (Registry registry = Registry.start(directory.resolve("registry"), new Registry.User("bob", "secret"))) {
            image.push("v1", registry, "busybox:v1"); // whose layers nydus_ref refers to
            for (String tag : List.of("nydus5", "nydus6", "nydus_ref")) {
                image.push(tag, registry, "busybox:" + tag);
                List<String> options = List.of(
                        "--config",
                        Files.writeString(directory.resolve(tag + ".json"), remote(registry))
                                .toString(),
                        "--bootstrap",
                        image.nydusBootstrap(tag, directory.resolve(tag)).toString());
                try (NydusDaemon nydusd = NydusDaemon.start(directory, tag, mountPoint, "RUNNING", options)) {
                    assertThat(image.differences(Tree.read(mountPoint))).as(tag).isEmpty();
                    assertThat(read(nydusd)).isPositive();
                    assertChunkInformationIsKept(directory.resolve(tag).resolve("image"));
                }
                try (NydusDaemon nydusd =
                        NydusDaemon.start(directory, tag + "-again", mountPoint, "RUNNING", options)) {
                    assertThat(image.differences(Tree.read(mountPoint))).as(tag).isEmpty();
                    assertThat(read(nydusd)).as("bytes fetched again").isZero();
                }
                nydusImage("check", "-C", options.get(1), options.getLast());
            }
        }
    }

    private void nydusImage(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(TestEnvironment.installation().nydus("nydus-image")));
        command.addAll(List.of(arguments));
        Commands.in(directory).run(command).orFail();
    }

    @Test
    void whatWasCompactedAndWhatWasOptimizedIsTheSameTree() throws Exception {
        Path blobs = directory.resolve("blobs");
        Files.createDirectories(blobs);
        try (Stream<Path> files = Files.list(golden.blobs())) {
            for (Path blob : files.toList()) {
                Files.createSymbolicLink(blobs.resolve(blob.getFileName()), blob);
            }
        }
        Path list = Files.writeString(directory.resolve("list"), "/");
        for (String image : List.of("v5-merge/merged", "v6-merge/merged")) {
            String bootstrap = golden.bootstrap(image).toString();
            Path compacted = directory.resolve(image.replace('/', '-') + ".compacted");
            Path optimized = directory.resolve(image.replace('/', '-') + ".optimized");
            nydusImage("compact", "-B", bootstrap, "-D", blobs.toString(), "-O", compacted.toString());
            nydusImage(
                    "optimize",
                    "-B",
                    bootstrap,
                    "-D",
                    blobs.toString(),
                    "-p",
                    list.toString(),
                    "--output-blob-dir",
                    blobs.toString(),
                    "-O",
                    optimized.toString());
            for (Path made : List.of(compacted, optimized)) {
                List<String> options = List.of(
                        "--config",
                        Files.writeString(directory.resolve("config.json"), cached(blobs))
                                .toString(),
                        "--bootstrap",
                        made.toString());
                String name = String.valueOf(made.getFileName());
                try (NydusDaemon nydusd = NydusDaemon.start(directory, name, mountPoint, "RUNNING", options)) {
                    assertThat(golden.differences(image, nydusd.mountPoint()))
                            .as(name)
                            .isEmpty();
                }
            }
        }
    }

    /**
     * The bootstrap layer of an image of version 6 has what belongs into the cache beside the content of its blobs. Of a blob
     * that refers to an ordinary layer it has another name there.
     */
    private void assertChunkInformationIsKept(Path layer) throws IOException, InterruptedException {
        for (Path original : chunkInformation(layer)) {
            Await.until("the content of " + original + " to be cached", LIMIT, () -> {
                for (Path kept : chunkInformation(directory.resolve("cache"))) {
                    if (Files.mismatch(original, kept) < 0) {
                        return true;
                    }
                }
                return false;
            });
        }
    }

    private static List<Path> chunkInformation(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".blob.meta")).toList();
        }
    }

    private static long read(NydusDaemon nydusd) throws IOException {
        return nydusd.request("GET", "/api/v1/metrics/backend", "")
                .json()
                .get("read_amount_total")
                .asLong();
    }

    @Test
    void aKilledDaemonCostsNoReadWhereASupervisorKeepsItsDescriptor() throws Exception {
        Path config = Files.writeString(directory.resolve("config.json"), cached(golden.blobs()));
        Path socket = directory.resolve("supervisor.sock");
        List<String> options = supervised(config, socket, "fuse");
        List<String> upgrade = upgrading(options);
        try (Supervisor supervisor = Supervisor.listen(socket)) {
            NydusDaemon nydusd = NydusDaemon.start(directory, "nydusd", mountPoint, "RUNNING", options);
            try (FioLoop reader = FioLoop.start(directory, directReads())) {
                for (int i = 0; i < KILLS; i++) {
                    NydusDaemon before = nydusd;
                    supervisor.receive(() -> done(before, "fuse/sendfd"));
                    awaitMore(reader);
                    before.kill();
                    NydusDaemon after = NydusDaemon.start(directory, "nydusd" + i, mountPoint, "INIT", upgrade);
                    nydusd = after;
                    supervisor.send(() -> done(after, "fuse/takeover"));
                    assertThat(after.state()).isEqualTo("READY");
                    done(after, "start");
                    awaitMore(reader);
                }
                // An upgrade: the one before is alive until its successor is ready.
                NydusDaemon before = nydusd;
                supervisor.receive(() -> done(before, "fuse/sendfd"));
                NydusDaemon after = NydusDaemon.start(directory, "upgraded", mountPoint, "INIT", upgrade);
                nydusd = after;
                supervisor.send(() -> done(after, "fuse/takeover"));
                supervisor.receive(() -> done(after, "fuse/sendfd")); // it may end before it has served anything
                done(before, "exit");
                assertThat(before.awaitEnd(LIMIT)).isZero();
                assertThat(before.log().text()).contains("stopped").doesNotContain("level=error");
                done(after, "start");
                awaitMore(reader);
                assertThat(reader.failure()).isEmpty();
                assertThat(golden.differences("v6-zstd/base", mountPoint)).isEmpty();
            } finally {
                nydusd.close();
            }
        }
        assertThat(new Leftovers(directory).mounts()).isEmpty();
    }

    @Test
    void theKernelReadsImagesItselfWhereItCanAndGoesOnAfterAKill() throws Exception {
        Path config = Files.writeString(directory.resolve("config.json"), cached(golden.blobs()));
        Path socket = directory.resolve("supervisor.sock");
        List<String> options = supervised(config, socket, "auto");
        List<String> upgrade = upgrading(options);
        try (Supervisor supervisor = Supervisor.listen(socket)) {
            NydusDaemon before = NydusDaemon.start(directory, "nydusd", mountPoint, "RUNNING", options);
            supervisor.receive(() -> done(before, "fuse/sendfd"));
            String type = Files.getFileStore(mountPoint).type();
            assertThat(before.log().text())
                    .contains(type.equals("erofs") ? "frontend erofs" : "frontend fuse: mount erofs");
            before.kill();
            // Nothing was read yet: all content has to come from the daemon that takes over.
            try (NydusDaemon after = NydusDaemon.start(directory, "after", mountPoint, "INIT", upgrade)) {
                supervisor.send(() -> done(after, "fuse/takeover"));
                done(after, "start");
                assertThat(golden.differences("v6-zstd/base", mountPoint)).isEmpty();
            }
        }
        assertThat(new Leftovers(directory).mounts()).isEmpty();
    }

    @Test
    void aSuccessorGoesThroughTheProxyThatItsPredecessorWasGiven() throws Exception {
        Path config = config("""
                {"device":{"backend":{"type":"registry","config":{"scheme":"http","host":"127.0.0.1:1","repo":"r"}}},
                "mode":"direct"}""");
        Path socket = directory.resolve("supervisor.sock");
        List<String> options = supervised(config, socket, "fuse");
        List<String> upgrade = upgrading(options);
        try (Supervisor supervisor = Supervisor.listen(socket);
                NydusDaemon before = NydusDaemon.start(directory, "nydusd", mountPoint, "RUNNING", options)) {
            assertThat(before.request("PUT", "/api/v1/config", "{\"proxy_url\":\"http://u:hidden@127.0.0.1:2\"}")
                            .status())
                    .isEqualTo(204);
            supervisor.receive(() -> done(before, "fuse/sendfd"));
            before.kill();
            // Nobody has looked at the mount yet: whoever does now waits for the successor, and so it must not.
            try (NydusDaemon after = NydusDaemon.start(directory, "after", mountPoint, "INIT", upgrade)) {
                supervisor.send(() -> done(after, "fuse/takeover"));
                done(after, "start");
                assertThat(after.request("GET", "/api/v1/config", "").body())
                        .isEqualTo("{\"proxy_url\":\"http://127.0.0.1:2\"}");
            }
        }
    }

    private List<String> supervised(Path config, Path supervisor, String frontend) {
        return List.of(
                "--config", config.toString(),
                "--bootstrap", golden.bootstrap("v6-zstd/base").toString(),
                "--frontend", frontend,
                "--id", "a",
                "--supervisor", supervisor.toString());
    }

    private static List<String> upgrading(List<String> options) {
        List<String> upgrade = new ArrayList<>(options);
        upgrade.add("--upgrade");
        return upgrade;
    }

    /** Reads of the largest file past the page cache, so that the daemon has to answer each. */
    private List<String> directReads() throws IOException {
        try (Stream<Path> files = Files.walk(mountPoint)) {
            Path largest = files.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
            return List.of(
                    "fio",
                    "--name=reads",
                    "--filename=" + largest,
                    "--readonly",
                    "--direct=1",
                    "--ioengine=psync",
                    "--rw=randread",
                    "--bs=4k",
                    "--numjobs=4",
                    "--thread",
                    "--time_based",
                    "--runtime=1");
        }
    }

    private static void awaitMore(FioLoop reader) throws IOException, InterruptedException {
        int before = reader.rounds();
        Await.until(
                "reads to go on",
                LIMIT,
                () -> reader.rounds() > before || !reader.failure().isEmpty());
        assertThat(reader.failure()).isEmpty();
    }

    private static void done(NydusDaemon nydusd, String what) throws IOException {
        NydusDaemon.Answer answer = nydusd.request("PUT", "/api/v1/daemon/" + what, "");
        assertThat(answer.status()).as(what + ": " + answer.body()).isEqualTo(204);
    }

    @Test
    void aDamagedChunkFailsItsReadersAndNobodyElse() throws Exception {
        Path blobs = Files.createDirectories(directory.resolve("blobs"));
        try (Stream<Path> files = Files.list(golden.blobs())) {
            for (Path blob : files.toList()) {
                Files.createSymbolicLink(blobs.resolve(blob.getFileName()), blob);
            }
        }
        // The only blob of the image, with a file in the middle of it overwritten.
        String blob = "b243c4290eaa7bfbb2dfc3f281f74e02099085b9327f5ae15978c0a83e32ce1d";
        byte[] content = Files.readAllBytes(golden.blobs().resolve(blob));
        Arrays.fill(content, content.length / 2, content.length / 2 + 100, (byte) 0xa5);
        Files.delete(blobs.resolve(blob));
        Files.write(blobs.resolve(blob), content);
        Path config = Files.writeString(directory.resolve("config.json"), cached(blobs));
        List<String> options = List.of(
                "--frontend", "fuse",
                "--config", config.toString(),
                "--bootstrap", golden.bootstrap("v6-zstd/base").toString());
        try (NydusDaemon nydusd = NydusDaemon.start(directory, "nydusd", mountPoint, "RUNNING", options)) {
            List<Path> unreadable = new ArrayList<>();
            int readable = 0;
            try (Stream<Path> files = Files.walk(mountPoint)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    try {
                        var _ = Files.readAllBytes(file);
                        readable++;
                    } catch (IOException e) {
                        assertThat(e).hasMessageContaining("Input/output error");
                        unreadable.add(file);
                    }
                }
            }
            assertThat(unreadable).isNotEmpty();
            assertThat(readable).isGreaterThan(100 * unreadable.size());
            assertThat(nydusd.log().text())
                    .contains(blob)
                    .contains(mountPoint.relativize(unreadable.getFirst()).toString());
            assertThatThrownBy(() -> Files.readAllBytes(unreadable.getFirst())).isInstanceOf(IOException.class);
        }
    }

    @Test
    void whatCannotBeServedIsRefusedBeforeAnythingIsMounted() throws Exception {
        String good = golden.bootstrap("v6-none/base").toString();
        Path broken = Files.write(directory.resolve("broken.boot"), new byte[8192]);
        refused("no RAFS bootstrap", config(uncached()), "--bootstrap", broken.toString());
        refused("device.backend.type is \"oss\"", config(uncached().replace("localfs", "oss")), "--bootstrap", good);
        refused(
                "device.nonsense is no key",
                config(uncached().replace("\"backend\"", "\"nonsense\":1,\"backend\"")),
                "--bootstrap",
                good);
        refused("neither JSON nor TOML", config("{"), "--bootstrap", good);
        refused("the service virtiofs is not supported", List.of("virtiofs", "--sock", "x"));
        refused("--hybrid-mode", List.of("--hybrid-mode"));
        assertThat(new Leftovers(directory).mounts()).isEmpty();
    }

    private void refused(String reason, Path config, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--config", config.toString()));
        all.addAll(List.of(options));
        refused(reason, all);
    }

    private void refused(String reason, List<String> options) throws IOException, InterruptedException {
        Run run = Commands.in(directory).run(NydusDaemon.command(mountPoint, options));
        assertThat(run.status()).as(run.err()).isNotZero();
        assertThat(run.err().replace("\\\"", "\"")).contains(reason);
    }

    private Path config(String text) throws IOException {
        return Files.writeString(directory.resolve("refused.json"), text);
    }

    private String uncached() {
        return "{\"device\":{\"backend\":{\"type\":\"localfs\",\"config\":{\"dir\":\"" + golden.blobs()
                + "\"}}},\"mode\":\"direct\"}";
    }

    private String cached(Path blobs) {
        return Json.write(Map.of(
                "device",
                Map.of(
                        "backend", Map.of("type", "localfs", "config", Map.of("dir", blobs.toString())),
                        "cache",
                                Map.of(
                                        "type",
                                        "blobcache",
                                        "config",
                                        Map.of(
                                                "work_dir",
                                                directory.resolve("cache").toString()))),
                "mode",
                "direct",
                "digest_validate",
                true,
                "enable_xattr",
                true));
    }

    private String remote(Registry registry) {
        String auth = Base64.getEncoder().encodeToString(registry.user().pair().getBytes(StandardCharsets.UTF_8));
        return """
            version = 2
            [backend]
            type = "registry"
            [backend.registry]
            host = "%s"
            repo = "busybox"
            auth = "%s"
            ca_cert_files = ["%s"]
            [cache]
            type = "filecache"
            [cache.filecache]
            work_dir = "%s"
            [rafs]
            mode = "direct"
            enable_xattr = true
            """.formatted(registry.host(), auth, registry.authority(), directory.resolve("cache"));
    }
}
