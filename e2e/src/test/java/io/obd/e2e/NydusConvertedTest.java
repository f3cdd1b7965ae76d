package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images that our {@code nydusify} made, checked and run through the nydus snapshotter. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NydusConvertedTest {
    private static final String REPOSITORY = NydusImages.REPOSITORY;

    @RegisterExtension
    static final RunningNydusStack STACK = new RunningNydusStack(NydusStack.Settings.usual());

    @TempDir
    static Path directory;

    private NydusStack stack;
    private Commands commands;

    @BeforeAll
    void start() throws Exception {
        stack = STACK.get();
        Path docker = Files.createDirectories(directory.resolve("docker"));
        Files.writeString(
                docker.resolve("config.json"),
                stack.registry().credentials(stack.registry().user()));
        commands = Commands.in(directory.resolve("nydusify")).with(Map.of("DOCKER_CONFIG", docker.toString()));
    }

    @ParameterizedTest
    @CsvSource({"v5,--fs-version=5", "v6,--fs-version=6", "reference,--oci-ref"})
    void itIsItsSourceAndRunsWithoutItsDataOnThisNode(String tag, String option) throws Exception {
        nydusify("convert", tag, option).orFail();
        assertThat(nydusify("check", tag).orFail().err()).contains("verified image");

        stack.rpull(REPOSITORY + ":" + tag).orFail();
        assertThat(stack.ctr().run("content", "ls", "-q").orFail().out()).doesNotContain(data(tag));
        Run cat = stack.ctr()
                .runOnce("nydus", stack.image(REPOSITORY + ":" + tag), "cat-" + tag, "/bin/cat", "/etc/app.conf");

        assertThat(cat.orFail().out()).isEqualTo(NydusImages.GREETING);
        assertThat(stack.imageMounts()).hasSize(1);
        assertThat(TestEnvironment.goldenImage()
                        .differences(Tree.read(stack.imageMounts().getFirst())))
                .isEmpty();
    }

    @Test
    void aTamperedBlobThatRefersToALayerIsFound() throws Exception {
        // Chunks of that size make a blob that no other image has.
        nydusify("convert", "tampered", "--oci-ref", "--chunk-size", "0x8000").orFail();
        String digest = data("tampered").getFirst();
        try (FileChannel blob = FileChannel.open(stack.registry().blob(digest), StandardOpenOption.WRITE)) {
            blob.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), blob.size() / 2);
        }

        Run check = nydusify("check", "tampered");

        assertThat(check.status()).isEqualTo(1);
        assertThat(check.err()).contains("rule filesystem", digest);
    }

    private Run nydusify(String command, String tag, String... more) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                TestEnvironment.installation().nydus("nydusify"),
                command,
                "--source",
                stack.image(REPOSITORY + ":v1"),
                "--source-insecure",
                "--target",
                stack.image(REPOSITORY + ":" + tag),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve(command + "-" + tag).toString()));
        line.addAll(List.of(more));
        return commands.run(line);
    }

    /** The layers with the image's data, and those that they refer to. */
    private List<String> data(String tag) throws Exception {
        List<String> data = new ArrayList<>();
        for (JsonNode layer : stack.registry().manifest(REPOSITORY + ":" + tag).get("layers")) {
            JsonNode annotations = layer.path("annotations");
            if (annotations.has("containerd.io/snapshot/nydus-blob")) {
                data.add(layer.get("digest").asText());
            }
            if (annotations.has("containerd.io/snapshot/nydus-ref")) {
                data.add(annotations.get("containerd.io/snapshot/nydus-ref").asText());
            }
        }
        return data;
    }
}
