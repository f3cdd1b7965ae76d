package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The installed {@code nydusify} against a registry with TLS and a password. */
@Tag("e2e")
class NydusifyTest {
    private static final String REPOSITORY = "golden/busybox";

    private static final Duration MOUNT_LIMIT = Duration.ofMinutes(2);

    private static Path directory;
    private static Registry registry;
    private static Map<String, String> environment;
    private static Commands commands;

    @BeforeAll
    static void theSourceIsInARegistry() throws Exception {
        directory = TestEnvironment.directory(NydusifyTest.class);
        Registry.User user = new Registry.User("nydus", "secret");
        registry = Registry.start(directory.resolve("registry"), user);
        Path docker = Files.createDirectories(directory.resolve("docker"));
        String auth = Base64.getEncoder().encodeToString(user.pair().getBytes(StandardCharsets.UTF_8));
        Files.writeString(
                docker.resolve("config.json"), "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" + auth + "\"}}}");
        environment = Map.of("DOCKER_CONFIG", docker.toString());
        commands = Commands.in(directory.resolve("tools")).with(environment);
        for (String tag : new String[] {"v1", "nydus_ref"}) {
            TestEnvironment.goldenImage().push(tag, registry, REPOSITORY + ":" + tag);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        if (registry != null) {
            registry.close();
        }
        Directories.delete(directory);
    }

    private static Run nydusify(String command, String target, String... more) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                program("nydusify"),
                command,
                "--source",
                image("v1"),
                "--source-insecure",
                "--target",
                image(target),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve(command + "-" + target).toString()));
        line.addAll(List.of(more));
        return commands.run(line);
    }

    private static String program(String name) throws IOException {
        return TestEnvironment.installation()
                .root()
                .resolve("usr/local/bin")
                .resolve(name)
                .toString();
    }

    private static String image(String tag) {
        return registry.host() + "/" + REPOSITORY + ":" + tag;
    }

    private static JsonNode layers(String tag) throws Exception {
        Run inspect = commands.run(
                        "skopeo",
                        "inspect",
                        "--raw",
                        "--creds",
                        registry.user().pair(),
                        "--tls-verify=false",
                        "docker://" + image(tag))
                .orFail();
        return Json.read(inspect.out()).get("layers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "6"})
    void aConvertedImageHasTheFilesOfItsSource(String version) throws Exception {
        String tag = "v" + version;
        nydusify("convert", tag, "--fs-version", version).orFail();

        assertThat(nydusify("check", tag).orFail().err()).contains("verified image");

        // What another program makes of the bootstrap and the blobs in the registry.
        Path work = directory.resolve("convert-" + tag);
        Path blobs = Files.createDirectories(work.resolve("blobs"));
        for (JsonNode layer : layers(tag)) {
            String digest = layer.get("digest").asText();
            Files.createSymbolicLink(blobs.resolve(digest.substring("sha256:".length())), registry.blob(digest));
        }
        Path tar = work.resolve("tree.tar");
        commands.run(
                        program("nydus-image"),
                        "unpack",
                        onlyFile(work.resolve("bootstraps")).toString(),
                        "--blob-dir",
                        blobs.toString(),
                        "--output",
                        tar.toString())
                .orFail();
        Path tree = Files.createDirectories(work.resolve("tree"));
        commands.run("tar", "--numeric-owner", "-xpf", tar.toString(), "-C", tree.toString())
                .orFail();
        assertThat(TestEnvironment.goldenImage().differences(Tree.read(tree))).isEmpty();
    }

    private static Path onlyFile(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    @Test
    void aTamperedBlobIsFound() throws Exception {
        nydusify("convert", "tampered", "--compressor", "none").orFail();
        String digest = layers("tampered").get(0).get("digest").asText();
        try (FileChannel blob = FileChannel.open(registry.blob(digest), StandardOpenOption.WRITE)) {
            blob.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), blob.size() / 2);
        }

        Run check = nydusify("check", "tampered");

        assertThat(check.status()).isEqualTo(1);
        assertThat(check.err()).contains("rule filesystem", digest);
    }

    @Test
    void aMountedImageHasTheFilesUntilTheCommandIsInterrupted() throws Exception {
        nydusify("convert", "mounted").orFail();
        Path mount = directory.resolve("mnt");
        Path file = mount.resolve("bin/busybox");
        List<String> line = List.of(
                program("nydusify"),
                "mount",
                "--target",
                image("mounted"),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--nydusd",
                program("nydusd"),
                "--mount-path",
                mount.toString(),
                "--work-dir",
                directory.resolve("mount-work").toString());

        try (Daemon _ = Daemon.start("nydusify", directory.resolve("mount"), environment, line)) {
            Await.until("the mount", MOUNT_LIMIT, () -> Files.exists(file));
            assertThat(TestEnvironment.goldenImage().differences(Tree.read(mount)))
                    .isEmpty();
        }

        Await.until("the mount to go away", MOUNT_LIMIT, () -> Files.notExists(file));
        assertThat(directory.resolve("mount-work")).doesNotExist();
    }

    @Test
    void anImageOfTheOriginalsThatRefersToItsSourceIsTheSource() throws Exception {
        assertThat(nydusify("check", "nydus_ref").orFail().err()).contains("verified image");
    }
}
