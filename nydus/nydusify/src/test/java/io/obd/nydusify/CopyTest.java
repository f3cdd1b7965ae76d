package io.obd.nydusify;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.convert.NydusMarks;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code nydusify copy} between repositories and archives. */
class CopyTest {
    private static final String REPOSITORY = "golden/busybox";

    @TempDir
    private Path directory;

    private GoldenRegistry registry;
    private GoldenRegistry elsewhere;

    @BeforeEach
    void images() throws IOException {
        registry = new GoldenRegistry();
        elsewhere = new GoldenRegistry();
        for (String tag : new String[] {"v1", "nydus6", "nydus_ref"}) {
            registry.addGolden(REPOSITORY, tag);
        }
    }

    @AfterEach
    void close() {
        registry.close();
        elsewhere.close();
    }

    private Run copy(String source, String target, String... more) {
        String[] usual = {
            "copy",
            "--source",
            source,
            "--source-insecure",
            "--target",
            target,
            "--target-insecure",
            "--work-dir",
            directory.resolve("tmp").toString()
        };
        String[] args = new String[usual.length + more.length];
        System.arraycopy(usual, 0, args, 0, usual.length);
        System.arraycopy(more, 0, args, usual.length, more.length);
        return Run.nydusify(args);
    }

    @Test
    void anImageIsTheSameElsewhere() throws IOException {
        Run run = copy(registry.image(REPOSITORY + ":nydus6"), elsewhere.image("mine/copy:1"));

        assertThat(run.exitCode()).as(run.err()).isZero();
        byte[] manifest = registry.get(REPOSITORY, "nydus6");
        assertThat(elsewhere.get("mine/copy", "1")).isEqualTo(manifest);
        for (Descriptor layer : Manifest.parse(manifest).layers()) {
            String digest = layer.digest().toString();
            assertThat(elsewhere.get("mine/copy", digest)).isEqualTo(registry.get(REPOSITORY, digest));
        }
        assertThat(directory.resolve("tmp")).doesNotExist();
    }

    @Test
    void blobsAreSentInPiecesOfTheSizeThatIsWanted() throws IOException {
        Run run = copy(
                registry.image(REPOSITORY + ":nydus6"), elsewhere.image("mine/copy:1"), "--push-chunk-size", "100kB");

        assertThat(run.exitCode()).as(run.err()).isZero();
        long pieces = 0;
        for (Descriptor layer :
                Manifest.parse(registry.get(REPOSITORY, "nydus6")).layers()) {
            String digest = layer.digest().toString();
            assertThat(elsewhere.get("mine/copy", digest)).isEqualTo(registry.get(REPOSITORY, digest));
            pieces += layer.size() > 100_000 ? Math.ceilDiv(layer.size(), 100_000) : 0;
        }
        assertThat(pieces).isPositive();
        assertThat(elsewhere.pieces()).isEqualTo((int) pieces);
        assertThat(copy("x/y:1", "x/y:2", "--push-chunk-size", "some").err())
                .contains("--push-chunk-size", "is no size");
        Run small = copy("x/y:1", "x/y:2", "--push-chunk-size", "1");
        assertThat(small.exitCode()).isEqualTo(2);
        assertThat(small.err()).contains("--push-chunk-size: 64KiB or more");
    }

    @Test
    void aTargetIsNamedByATag() {
        Run run = copy("x/y:1", "x/y@" + Digest.sha256(new byte[0]));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--target: a tag is needed, not a digest");
    }

    @Test
    void theLayersThatABlobRefersToComeAlong() throws IOException {
        Run run = copy(registry.image(REPOSITORY + ":nydus_ref"), elsewhere.image("mine/copy:1"));

        assertThat(run.exitCode()).as(run.err()).isZero();
        for (Descriptor layer : Manifest.parse(registry.get(REPOSITORY, "v1")).layers()) {
            assertThat(elsewhere.has("mine/copy", layer.digest().toString())).isTrue();
        }
    }

    @Test
    void anArchiveHoldsTheSameImage() throws IOException {
        String archive = "file://" + directory.resolve("image.tar");
        Run save = copy(registry.image(REPOSITORY + ":nydus_ref"), archive);
        assertThat(save.exitCode()).as(save.err()).isZero();

        Run load = copy(archive, elsewhere.image("mine/loaded:2"));

        assertThat(load.exitCode()).as(load.err()).isZero();
        assertThat(elsewhere.get("mine/loaded", "2")).isEqualTo(registry.get(REPOSITORY, "nydus_ref"));
        assertThat(elsewhere.has(
                        "mine/loaded",
                        Manifest.parse(registry.get(REPOSITORY, "v1"))
                                .layers()
                                .getFirst()
                                .digest()
                                .toString()))
                .isTrue();
    }

    private void addIndex() {
        byte[] v1 = registry.get(REPOSITORY, "v1");
        byte[] nydus = registry.get(REPOSITORY, "nydus6");
        List<Descriptor> entries = List.of(
                entry(v1, "amd64"),
                entry(nydus, "amd64").withArtifactType(NydusMarks.ARTIFACT_TYPE),
                entry(v1, "arm64"));
        Index index = new Index(2, MediaTypes.OCI_INDEX, null, entries, null, Map.of("a", "b"));
        // Its bytes are not those that this program would write.
        byte[] json = (new String(index.toJson(), StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8);
        registry.addDocument(REPOSITORY, "all", MediaTypes.OCI_INDEX, json);
    }

    private static Descriptor entry(byte[] manifest, String architecture) {
        Digest digest = Digest.sha256(manifest);
        return new Descriptor(
                MediaTypes.OCI_MANIFEST,
                digest,
                manifest.length,
                List.of(),
                Map.of(),
                null,
                Platform.of("linux", architecture, null),
                null);
    }

    @Test
    void anIndexIsCopiedByteForByte() {
        addIndex();

        Run run = copy(registry.image(REPOSITORY + ":all"), elsewhere.image("mine/copy:all"), "--all-platforms");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(elsewhere.get("mine/copy", "all")).isEqualTo(registry.get(REPOSITORY, "all"));
    }

    @Test
    void ofAnIndexTheImagesOfAPlatformAreCopied() throws IOException {
        addIndex();

        Run run = copy(
                registry.image(REPOSITORY + ":all"), elsewhere.image("mine/copy:all"), "--platform", "linux/amd64");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Index.parse(elsewhere.get("mine/copy", "all")).manifests()).hasSize(2);
    }

    @Test
    void theOnlyImageOfAPlatformIsAnImage() {
        addIndex();

        Run run = copy(
                registry.image(REPOSITORY + ":all"), elsewhere.image("mine/copy:arm"), "--platform", "linux/arm64");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(elsewhere.get("mine/copy", "arm")).isEqualTo(registry.get(REPOSITORY, "v1"));
    }

    @Test
    void aDamagedBlobIsNamedAndTheImageDoesNotAppear() throws IOException {
        String blob = Manifest.parse(registry.get(REPOSITORY, "nydus6"))
                .layers()
                .getFirst()
                .digest()
                .toString();
        registry.damage(REPOSITORY, blob);

        Run run = copy(registry.image(REPOSITORY + ":nydus6"), elsewhere.image("mine/copy:1"));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(blob);
        assertThat(elsewhere.has("mine/copy", "1")).isFalse();
        assertThat(elsewhere.has("mine/copy", blob)).isFalse();
        assertThat(directory.resolve("tmp")).doesNotExist();
    }
}
