package io.obd.nydusify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code nydusify check} of images that the original tools made. */
class CheckTest {
    private static final String REPOSITORY = "golden/busybox";

    @TempDir
    private Path directory;

    private GoldenRegistry registry;

    @BeforeEach
    void images() throws IOException {
        registry = new GoldenRegistry();
        for (String tag : new String[] {"v1", "nydus5", "nydus6", "nydus_ref"}) {
            registry.addGolden(REPOSITORY, tag);
        }
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private Run check(String tag, String... more) {
        return checkTarget(registry.image(REPOSITORY + ":" + tag), more);
    }

    private Run checkTarget(String target, String... more) {
        String[] usual = {
            "check",
            "--source",
            registry.image(REPOSITORY + ":v1"),
            "--source-insecure",
            "--target",
            target,
            "--target-insecure",
            "--platform",
            "linux/amd64",
            "--work-dir",
            directory.resolve("output").toString()
        };
        String[] args = new String[usual.length + more.length];
        System.arraycopy(usual, 0, args, 0, usual.length);
        System.arraycopy(more, 0, args, usual.length, more.length);
        return Run.nydusify(args);
    }

    private Manifest manifest(String tag) throws IOException {
        return Manifest.parse(registry.get(REPOSITORY, tag));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nydus5", "nydus6", "nydus_ref"})
    void whatTheOriginalsConvertedIsItsSource(String tag) {
        Run run = check(tag);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("verified image " + registry.image(REPOSITORY + ":" + tag));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nydus5", "nydus6", "nydus_ref"})
    void anImageCanBeCheckedWithoutItsSource(String tag) {
        Run run = Run.nydusify(
                "check",
                "--target",
                registry.image(REPOSITORY + ":" + tag),
                "--target-insecure",
                "--work-dir",
                directory.resolve("output").toString(),
                "--platform",
                "linux/amd64");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(directory.resolve("output/target/nydus_bootstrap/image/image.boot"))
                .isNotEmptyFile();
        assertThat(directory.resolve("output/source")).doesNotExist();
    }

    @Test
    void theWorkingDirectoryIsEmptiedAndStays() throws IOException {
        Path real = directory.resolve("real");
        Files.createDirectories(real.resolve("old"));
        Files.createSymbolicLink(directory.resolve("output"), real);
        Path kept = Files.createFile(directory.resolve("kept"));
        Files.createSymbolicLink(real.resolve("old/link"), kept);

        assertThat(check("nydus6").exitCode()).isZero();

        assertThat(directory.resolve("output")).isSymbolicLink();
        assertThat(real.resolve("old")).doesNotExist();
        assertThat(real.resolve("target")).isDirectory();
        assertThat(kept).exists();
    }

    @Test
    void anOptionMayBeInTheEnvironment() {
        Run run = Run.nydusify(
                Map.of(
                        "TARGET",
                        registry.image(REPOSITORY + ":nydus6"),
                        "TARGET_INSECURE",
                        "true",
                        "WORK_DIR",
                        directory.resolve("output").toString(),
                        "PLATFORM",
                        "none of ours",
                        "DEBUG",
                        "none of ours"),
                "check",
                "--platform",
                "linux/amd64");

        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    @Test
    void itLeavesDocumentsAndBootstrapForPeople() throws IOException {
        Files.createDirectories(directory.resolve("output"));
        Files.writeString(directory.resolve("output/old"), "from before");

        check("nydus6");

        Path output = directory.resolve("output");
        assertThat(output.resolve("old")).doesNotExist();
        assertThat(output.resolve("blobs")).doesNotExist();
        assertThat(output.resolve("source/oci_manifest.json")).exists();
        assertThat(output.resolve("source/oci_config.json")).exists();
        assertThat(output.resolve("target/nydus_config.json")).exists();
        assertThat(output.resolve("target/nydus_bootstrap/image/image.boot")).isNotEmptyFile();
        assertThat(output.resolve("target/nydus_manifest.json"))
                .content()
                .startsWith("{\n  \"schemaVersion\" : 2,")
                .contains(NydusFormat.BOOTSTRAP);
        assertThat(output.resolve("target/nydus_output.json"))
                .content()
                .contains(manifest("nydus6").layers().getFirst().digest().hex());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nydus5", "nydus6"})
    void aTamperedBlobIsNamed(String tag) throws IOException {
        String blob = manifest(tag).layers().getFirst().digest().toString();
        registry.damage(REPOSITORY, blob);

        Run run = check(tag);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("rule filesystem").contains(blob).contains("the content has digest");
    }

    @Test
    void aTamperedLayerThatIsReferredToIsNamed() throws IOException {
        String layer = manifest("v1").layers().getFirst().digest().toString();
        registry.damage(REPOSITORY, layer);

        Run run = Run.nydusify(
                "check",
                "--target",
                registry.image(REPOSITORY + ":nydus_ref"),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("output").toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(layer).contains("the content has digest");
    }

    @Test
    void aMissingBlobIsNamed() throws IOException {
        String blob = manifest("nydus6").layers().get(1).digest().toString();
        registry.remove(REPOSITORY, blob);

        Run run = check("nydus6");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(blob).contains("404");
    }

    @Test
    void aTamperedBootstrapIsNamed() throws IOException {
        String layer = manifest("nydus6").layers().getLast().digest().toString();
        registry.damage(REPOSITORY, layer);

        assertThat(check("nydus6").err()).contains("rule bootstrap").contains(layer);
    }

    @Test
    void theFileThatDiffersIsNamed() throws IOException {
        // The image without its upper layer: the lower one's files are what the upper one replaces.
        Manifest whole = manifest("v1");
        ObjectNode config = (ObjectNode) new ObjectMapper()
                .readTree(registry.get(REPOSITORY, whole.config().digest().toString()));
        ((com.fasterxml.jackson.databind.node.ArrayNode) config.at("/rootfs/diff_ids")).remove(1);
        byte[] json = config.toString().getBytes(StandardCharsets.UTF_8);
        registry.addBlob(REPOSITORY, json);
        Manifest lower = Manifest.of(
                MediaTypes.OCI_MANIFEST,
                io.obd.registry.Descriptor.of(MediaTypes.OCI_CONFIG, json),
                whole.layers().subList(0, 1));
        registry.addDocument(REPOSITORY, "lower", MediaTypes.OCI_MANIFEST, lower.toJson());

        Run run = Run.nydusify(
                "check",
                "--source",
                registry.image(REPOSITORY + ":lower"),
                "--source-insecure",
                "--target",
                registry.image(REPOSITORY + ":nydus6"),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("output").toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("rule filesystem: ")
                .contains("/etc/app.conf has ")
                .contains("/data/second.bin is not in the source");
    }

    @Test
    void aBlobThatIsNoLayerOfTheManifestIsNamed() throws IOException {
        Manifest manifest = manifest("nydus6");
        Digest blob = manifest.layers().getFirst().digest();
        Manifest changed = new Manifest(
                2,
                manifest.mediaType(),
                null,
                manifest.config(),
                java.util.List.of(
                        manifest.layers().get(1),
                        manifest.layers().get(1),
                        manifest.layers().getLast()),
                null,
                manifest.annotations());
        registry.addDocument(REPOSITORY, "changed", MediaTypes.OCI_MANIFEST, changed.toJson());

        assertThat(check("changed").err())
                .contains("rule bootstrap")
                .contains("needs blob " + blob.hex() + ", which is no layer of the manifest");
    }

    @Test
    void anOrdinaryImageIsNoNydusImage() {
        Run run = check("v1", "--multi-platform");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("rule manifest").contains("is no index with");
    }

    @Test
    void withoutANydusImageThereIsNothingToCheck() {
        Run run = check("v1");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("rule manifest: " + registry.image(REPOSITORY + ":v1") + " is no nydus image");
    }

    @Test
    void anOrdinaryImageMayBeHeldAgainstTheNydusImageItWasMadeOf() {
        Run run = Run.nydusify(
                "check",
                "--source",
                registry.image(REPOSITORY + ":nydus6"),
                "--source-insecure",
                "--target",
                registry.image(REPOSITORY + ":v1"),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("output").toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    @Test
    void anAnnotationThatTheBootstrapLacksIsNamed() throws IOException {
        Manifest whole = manifest("nydus6");
        List<Descriptor> layers = new ArrayList<>(whole.layers());
        layers.add(layers.removeLast().withAnnotations(Map.of()));
        Manifest changed =
                Manifest.of(whole.mediaType(), whole.config(), layers).withAnnotations(whole.annotations());
        registry.addDocument(REPOSITORY, "changed", MediaTypes.OCI_MANIFEST, changed.toJson());

        assertThat(check("changed").err()).contains("rule manifest").contains("is none with a bootstrap");
    }

    @Test
    void anImageThatIsNotThereIsNamed() {
        Run run = check("nowhere");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("golden/busybox/manifests/nowhere").contains("404");
    }

    @ParameterizedTest
    @ValueSource(strings = {"build", "commit", "optimize", "chunkdict"})
    void aCommandThatIsNotThereIsRefusedByItsName(String command) {
        Run run = Run.nydusify(command, "--target", "x/y:1", "more");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("nydusify " + command + " is not supported");
    }

    @Test
    void anObjectStoreIsRefusedByTheNameOfItsOption() {
        Run run = check("nydus6", "--target-backend-type", "oss");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--target-backend-type", "object stores are not supported");
    }

    @Test
    void aNameThatIsNoneIsWrongUse() {
        Run run = checkTarget("not a name");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--target").contains("not a valid");
    }
}
