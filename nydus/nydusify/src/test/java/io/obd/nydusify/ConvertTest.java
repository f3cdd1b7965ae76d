package io.obd.nydusify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.convert.NydusMarks;
import io.obd.convert.files.LayoutSource;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.ImageBuilder;
import io.obd.rafs.build.Prefetch;
import io.obd.rafs.build.TarSource;
import io.obd.rafs.data.BlobFormat;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code nydusify convert}, whose results {@code nydusify check} holds against their source. */
class ConvertTest {
    private static final String REPOSITORY = "golden/busybox";
    private static final ObjectMapper JSON = new ObjectMapper();

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

    private Run convert(String target, String... more) {
        return convertFrom("v1", target, more);
    }

    private Run convertFrom(String tag, String target, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "convert",
                "--source",
                registry.image(REPOSITORY + ":" + tag),
                "--source-insecure",
                "--target",
                registry.image(target),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("tmp").toString()));
        args.addAll(List.of(more));
        return Run.nydusify(args.toArray(String[]::new));
    }

    private void copyToRegistry(Path archive, String image) {
        Run copy = Run.nydusify(
                "copy",
                "--source",
                "file://" + archive,
                "--target",
                registry.image(image),
                "--target-insecure",
                "--work-dir",
                directory.resolve("tmp").toString());
        assertThat(copy.exitCode()).as(copy.err()).isZero();
    }

    private void assertIsItsSource(String target) {
        Run check = Run.nydusify(
                "check",
                "--source",
                registry.image(REPOSITORY + ":v1"),
                "--source-insecure",
                "--target",
                registry.image(target),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("output").toString());
        assertThat(check.exitCode()).as(check.err()).isZero();
    }

    private Manifest manifest(String repository, String reference) throws IOException {
        return Manifest.parse(registry.get(repository, reference));
    }

    private JsonNode config(String repository, Manifest manifest) throws IOException {
        return JSON.readTree(registry.get(repository, manifest.config().digest().toString()));
    }

    @ParameterizedTest
    @CsvSource({"6,none", "6,lz4_block", "6,zstd", "5,none", "5,lz4_block", "5,zstd"})
    void theResultHasTheFilesOfTheSource(String version, String compressor) throws IOException {
        Run run = convert("mine/app:nydus", "--fs-version", version, "--compressor", compressor);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertIsItsSource("mine/app:nydus");
        assertThat(manifest("mine/app", "nydus").annotations()).containsEntry(NydusFormat.FS_VERSION, version);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--chunk-size=0x10000", "--batch-size=0x20000", "--prefetch-dir=/etc", "--backend-aligned-chunk"
            })
    void soItHasWithOtherChunks(String option) {
        Run run = convert("mine/app:nydus", option);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertIsItsSource("mine/app:nydus");
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "6"})
    void theDocumentsHaveTheFormOfTheOriginals(String version) throws IOException {
        convert("mine/app:nydus", "--fs-version", version);

        Manifest original = manifest(REPOSITORY, "nydus" + version);
        Manifest ours = manifest("mine/app", "nydus");
        assertThat(ours.mediaType()).isEqualTo(original.mediaType());
        assertThat(ours.config().mediaType()).isEqualTo(original.config().mediaType());
        assertThat(ours.layers())
                .extracting(layer -> layer.mediaType() + layer.annotations())
                .isEqualTo(original.layers().stream()
                        .map(layer -> layer.mediaType() + layer.annotations())
                        .toList());
        assertThat(ours.annotations().keySet()).isEqualTo(original.annotations().keySet());
        assertThat(ours.annotations())
                .containsEntry(NydusFormat.SOURCE_DIGEST, original.annotations().get(NydusFormat.SOURCE_DIGEST))
                .containsEntry(NydusFormat.SOURCE_REFERENCE, registry.image(REPOSITORY + ":v1"));
        ObjectNode originalConfig = (ObjectNode) config(REPOSITORY, original);
        ObjectNode ourConfig = (ObjectNode) config("mine/app", ours);
        assertThat(ourConfig.remove("rootfs")).hasSameSizeAs(originalConfig.remove("rootfs"));
        assertThat(ourConfig).isEqualTo(originalConfig);
    }

    @ParameterizedTest
    @ValueSource(strings = {REPOSITORY, "mine/app"})
    void blobsCanReferToTheLayersOfTheSource(String repository) throws IOException {
        Run run = convert(repository + ":reference", "--oci-ref");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertIsItsSource(repository + ":reference");
        Manifest original = manifest(REPOSITORY, "nydus_ref");
        Manifest ours = manifest(repository, "reference");
        assertThat(ours.layers())
                .extracting(layer -> layer.mediaType() + layer.annotations())
                .isEqualTo(original.layers().stream()
                        .map(layer -> layer.mediaType() + layer.annotations())
                        .toList());
        assertThat(config(repository, ours).at("/rootfs/diff_ids/0").asText())
                .isEqualTo(ours.layers().getFirst().digest().toString());
        for (Descriptor layer : manifest(REPOSITORY, "v1").layers()) {
            assertThat(registry.has(repository, layer.digest().toString())).isTrue();
        }
        assertThat(ours.layers().getFirst().size())
                .isLessThan(manifest(REPOSITORY, "v1").layers().getFirst().size() / 2);
    }

    @Test
    void soItIsInAnArchive() {
        Path archive = directory.resolve("reference.tar");
        Run convert = Run.nydusify(
                "convert",
                "--source",
                registry.image(REPOSITORY + ":v1"),
                "--source-insecure",
                "--target-archive",
                archive.toString(),
                "--oci-ref",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("tmp").toString());
        assertThat(convert.exitCode()).as(convert.err()).isZero();

        copyToRegistry(archive, "mine/app:reference");
        assertIsItsSource("mine/app:reference");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--oci-ref", "--merge-platform"})
    void layersThatGoAlongAreFetchedOnce(String option) throws IOException {
        Run run = convert("mine/app:nydus", option);

        assertThat(run.exitCode()).as(run.err()).isZero();
        for (Descriptor layer : manifest(REPOSITORY, "v1").layers()) {
            String digest = layer.digest().toString();
            assertThat(registry.has("mine/app", digest)).isTrue();
            assertThat(registry.fetched(REPOSITORY, digest)).isEqualTo(1);
        }
    }

    @Test
    void blobsThatReferToLayersMayUseADictionaryOfTheirDigester() throws IOException {
        Prefetch prefetch = Prefetch.of(Prefetch.Policy.FS, List.of());
        Descriptor lower = manifest(REPOSITORY, "v1").layers().getFirst();
        byte[] tar = registry.get(REPOSITORY, lower.digest().toString());
        ImageFormat format = new ImageFormat(RafsVersion.V6, Compressor.ZSTD, Digester.SHA256, 1 << 20, true);
        ByteArrayOutputStream blob = new ByteArrayOutputStream();
        BuiltImage built = new ImageBuilder(BlobFormat.plain(format), prefetch)
                .build(new TarSource(new ByteArrayInputStream(tar)), blob);
        registry.addBlob("mine/app", blob.toByteArray());
        Path bootstrap = directory.resolve("dictionary.boot");
        byte[] bytes = new byte[built.bootstrap().remaining()];
        built.bootstrap().duplicate().get(bytes);
        Files.write(bootstrap, bytes);

        Run run = convert("mine/app:small", "--oci-ref", "--chunk-dict", "bootstrap:local:" + bootstrap);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertIsItsSource("mine/app:small");
        convert("mine/app:large", "--oci-ref");
        List<Descriptor> layers = manifest("mine/app", "small").layers();
        assertThat(layers).hasSize(4);
        assertThat(layers.get(2).digest()).isEqualTo(Digest.sha256(blob.toByteArray()));
        assertThat(layers.getFirst().size())
                .isLessThan(manifest("mine/app", "large").layers().getFirst().size());
    }

    @ParameterizedTest
    @CsvSource({"nydus6,the image is to have sha256", "nydus_ref,a dictionary that refers to layers cannot be used"})
    void otherDictionariesAreOfNoUseToThem(String tag, String reason) {
        Run run = convert(
                "mine/app:nydus",
                "--oci-ref",
                "--chunk-dict",
                "bootstrap:registry:" + registry.image(REPOSITORY + ":" + tag),
                "--chunk-dict-insecure");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "6"})
    void chunksOfADictionaryAreUsedAndItsBlobsAreLayers(String version) throws IOException {
        convert("mine/dictionary:base", "--fs-version", version);

        Run run = convert(
                "mine/app:small",
                "--fs-version",
                version,
                "--chunk-dict",
                "bootstrap:registry:" + registry.image("mine/dictionary:base"),
                "--chunk-dict-insecure");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertIsItsSource("mine/app:small");
        Manifest dictionary = manifest("mine/dictionary", "base");
        Manifest ours = manifest("mine/app", "small");
        assertThat(ours.layers().subList(2, 4))
                .containsExactlyInAnyOrderElementsOf(dictionary.layers().subList(0, 2));
        assertThat(config("mine/app", ours).at("/rootfs/diff_ids")).hasSize(5);
        assertThat(ours.layers().getFirst().size())
                .isLessThan(dictionary.layers().getFirst().size() / 2);
    }

    @Test
    void aDictionaryMayBeABootstrapWhoseBlobsAreThere() throws IOException {
        convert("mine/app:base");
        Path bootstrap = directory.resolve("tmp/bootstraps/2-"
                + manifest(REPOSITORY, "v1").layers().getLast().digest());

        Run run = convert("mine/app:small", "--chunk-dict", "bootstrap:local:" + bootstrap);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertIsItsSource("mine/app:small");
        Run elsewhere = convert("other/app:small", "--chunk-dict", "bootstrap:local:" + bootstrap);
        assertThat(elsewhere.exitCode()).isEqualTo(1);
        assertThat(elsewhere.err()).contains("of the dictionary is not where the image goes");
        assertThat(registry.has("other/app", "small")).isFalse();
    }

    @Test
    void aDictionaryOfAnotherFormIsRefusedBeforeAnythingIsBuilt() {
        convert("mine/dictionary:base");

        Run run = convert(
                "mine/app:small",
                "--chunk-size=0x10000",
                "--chunk-dict",
                "bootstrap:registry:" + registry.image("mine/dictionary:base"),
                "--chunk-dict-insecure");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("the dictionary has chunk size 1048576, the image is to have 65536: use --fs-chunk-size");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nydus5", "nydus6", "nydus_ref"})
    void aNydusImageBecomesAnOrdinaryOneAgain(String tag) throws IOException {
        Run run = convertFrom(tag, REPOSITORY + ":back", "--reverse");

        assertThat(run.exitCode()).as(run.err()).isZero();
        Manifest manifest = manifest(REPOSITORY, "back");
        assertThat(manifest.layers())
                .hasSize(2)
                .allSatisfy(layer -> assertThat(layer.mediaType()).isEqualTo(MediaTypes.OCI_LAYER_GZIP));
        assertThat(manifest.annotations()).isEmpty();
        JsonNode original = config(REPOSITORY, manifest(REPOSITORY, "v1"));
        JsonNode config = config(REPOSITORY, manifest);
        assertThat(config.get("config")).isEqualTo(original.get("config"));
        assertThat(config.get("history")).isEqualTo(original.get("history"));
        // What was made of the source is what the result is.
        Run check = Run.nydusify(
                "check",
                "--source",
                registry.image(REPOSITORY + ":back"),
                "--source-insecure",
                "--target",
                registry.image(REPOSITORY + ":nydus6"),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("output").toString());
        assertThat(check.exitCode()).as(check.err()).isZero();
    }

    @Test
    void anOrdinaryImageIsNotReversed() {
        Run run = convertFrom("v1", REPOSITORY + ":back", "--reverse");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("is no nydus image");
        assertThat(registry.has(REPOSITORY, "back")).isFalse();
    }

    @Test
    void blobsWithoutABootstrapAreNotReversed() throws IOException {
        Manifest whole = manifest(REPOSITORY, "nydus6");
        Manifest blobs =
                Manifest.of(whole.mediaType(), whole.config(), whole.layers().subList(0, 2));
        registry.addDocument(REPOSITORY, "blobs", MediaTypes.OCI_MANIFEST, blobs.toJson());

        Run run = convertFrom("blobs", REPOSITORY + ":back", "--reverse");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("the last layer is none with a bootstrap");
        assertThat(registry.has(REPOSITORY, "back")).isFalse();
    }

    @Test
    void theBootstrapStaysInTheWorkDirectoryUnderTheNameOfTheTopmostLayer() throws IOException {
        convert("mine/app:nydus");

        List<Descriptor> layers = manifest(REPOSITORY, "v1").layers();
        Path bootstrap =
                directory.resolve("tmp/bootstraps/2-" + layers.getLast().digest());
        assertThat(Bootstrap.load(bootstrap).blobs())
                .extracting("id")
                .containsExactlyInAnyOrderElementsOf(manifest("mine/app", "nydus").layers().subList(0, 2).stream()
                        .map(layer -> layer.digest().hex())
                        .toList());
        assertThat(directory.resolve("tmp")).isDirectoryContaining("glob:**/bootstraps");
        try (var left = Files.list(directory.resolve("tmp"))) {
            assertThat(left).hasSize(1);
        }
    }

    @Test
    void equalConversionsMakeEqualImages() {
        convert("mine/app:one");
        convert("mine/app:two");

        assertThat(registry.get("mine/app", "one")).isEqualTo(registry.get("mine/app", "two"));
    }

    @Test
    void figuresAreWrittenForScripts() throws IOException {
        Path figures = directory.resolve("figures.json");

        convert("mine/app:nydus", "--output-json", figures.toString());

        JsonNode metrics = JSON.readTree(Files.readAllBytes(figures));
        assertThat(metrics.get("SourceImageSize").asLong())
                .isEqualTo(manifest(REPOSITORY, "v1").layers().stream()
                        .mapToLong(Descriptor::size)
                        .sum());
        assertThat(metrics.get("TargetImageSize").asLong())
                .isEqualTo(manifest("mine/app", "nydus").layers().stream()
                        .mapToLong(Descriptor::size)
                        .sum());
        assertThat(metrics.get("ConversionElapsed").asLong()).isPositive();
        assertThat(metrics.has("SourcePullElapsed")).isTrue();
        assertThat(metrics.has("TargetPushElapsed")).isTrue();
    }

    @Test
    void mergedWithTheOrdinaryImageItIsAnIndexThatHasThatOneFirst() throws IOException {
        Run run = convert("mine/app:both", "--merge-platform");

        assertThat(run.exitCode()).as(run.err()).isZero();
        List<Descriptor> entries = Index.parse(registry.get("mine/app", "both")).manifests();
        assertThat(entries).hasSize(2);
        Descriptor ordinary = entries.getFirst();
        assertThat(ordinary.annotations()).containsOnlyKeys(NydusFormat.SOURCE_DIGEST);
        assertThat(ordinary.platform()).isEqualTo(Platform.of("linux", "amd64", null));
        assertThat(entries.getLast().artifactType()).isEqualTo(NydusMarks.ARTIFACT_TYPE);
        assertThat(entries.getLast().platform()).isEqualTo(Platform.of("linux", "amd64", null));
        Manifest manifest = manifest("mine/app", ordinary.digest().toString());
        assertThat(manifest.layers().getFirst().digest())
                .hasToString("sha256:4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1");
        assertThat(manifest.layers().getFirst().annotations()).containsEntry(NydusFormat.EMPTY_LAYER, "true");
        assertThat(manifest.layers().subList(1, 3))
                .isEqualTo(manifest(REPOSITORY, "v1").layers());
        JsonNode config = config("mine/app", manifest);
        assertThat(config.at("/rootfs/diff_ids/0").asText())
                .isEqualTo("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
        assertThat(config.at("/history/0/comment").asText()).isEqualTo("Nydus Empty Layer");
        assertThat(manifest("mine/app", entries.getLast().digest().toString())
                        .config()
                        .mediaType())
                .isEqualTo(NydusFormat.CONFIG_TYPE);
        assertIsItsSource("mine/app:both");
    }

    @Test
    void theImagesOfAnIndexKeepThePlatformThatItSays() throws IOException {
        Descriptor entry = entry("v1", "amd64");
        Platform other = Platform.of("linux", "amd64", "v1");
        addIndex(
                "variant",
                List.of(new Descriptor(
                        entry.mediaType(), entry.digest(), entry.size(), List.of(), Map.of(), null, other, null)));

        Run run = convertFrom("variant", "mine/app:both", "--merge-platform");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Index.parse(registry.get("mine/app", "both")).manifests())
                .hasSize(2)
                .allSatisfy(result -> assertThat(result.platform()).isEqualTo(other));
    }

    @Test
    void asAReferrerItNamesItsSource() throws IOException {
        Run run = convert(REPOSITORY + ":referrer", "--with-referrer");

        assertThat(run.exitCode()).as(run.err()).isZero();
        Manifest manifest = manifest(REPOSITORY, "referrer");
        Descriptor source = Descriptor.of(MediaTypes.OCI_MANIFEST, registry.get(REPOSITORY, "v1"));
        assertThat(manifest.subject()).isEqualTo(source);
        assertThat(manifest.config().mediaType()).isEqualTo(NydusFormat.CONFIG_TYPE);
        // This registry has no API for referrers: the list is an index.
        Index list =
                Index.parse(registry.get(REPOSITORY, source.digest().toString().replace(':', '-')));
        assertThat(list.manifests()).hasSize(1);
        assertThat(list.manifests().getFirst().artifactType()).isEqualTo(NydusFormat.CONFIG_TYPE);
    }

    @Test
    void anImageOfDockerStaysOneUnlessItsBlobsReferToItsLayers() throws IOException {
        addDockerImage();

        convertFrom("docker", "mine/app:docker");
        convertFrom("docker", "mine/app:oci", "--oci");

        Manifest docker = manifest("mine/app", "docker");
        assertThat(docker.mediaType()).isEqualTo(MediaTypes.DOCKER_MANIFEST);
        assertThat(docker.config().mediaType()).isEqualTo(MediaTypes.DOCKER_CONFIG);
        assertThat(docker.layers().getLast().mediaType()).isEqualTo(MediaTypes.DOCKER_LAYER_GZIP);
        Manifest oci = manifest("mine/app", "oci");
        assertThat(oci.mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
        assertThat(oci.layers().getLast().mediaType()).isEqualTo(MediaTypes.OCI_LAYER_GZIP);
        assertIsItsSource("mine/app:docker");
        convertFrom("docker", "mine/app:reference", "--oci-ref");
        assertThat(manifest("mine/app", "reference").mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
    }

    private void addDockerImage() throws IOException {
        Manifest v1 = manifest(REPOSITORY, "v1");
        Manifest docker = Manifest.of(
                MediaTypes.DOCKER_MANIFEST,
                Descriptor.of(
                        MediaTypes.DOCKER_CONFIG,
                        v1.config().digest(),
                        v1.config().size()),
                v1.layers().stream()
                        .map(layer -> Descriptor.of(MediaTypes.DOCKER_LAYER_GZIP, layer.digest(), layer.size()))
                        .toList());
        registry.addDocument(REPOSITORY, "docker", MediaTypes.DOCKER_MANIFEST, docker.toJson());
    }

    @Test
    void anIndexBecomesAnIndexOfAllItsImagesOrTheImageOfOnePlatform() throws IOException {
        addIndex("index", "amd64", "arm64");

        Run all = convertFrom("index", "mine/app:all", "--all-platforms");
        Run one = convertFrom("index", "mine/app:one");

        assertThat(all.exitCode()).as(all.err()).isZero();
        assertThat(one.exitCode()).as(one.err()).isZero();
        Index index = Index.parse(registry.get("mine/app", "all"));
        assertThat(index.manifests()).hasSize(2);
        assertThat(index.manifests())
                .allSatisfy(entry -> assertThat(entry.artifactType()).isEqualTo(NydusMarks.ARTIFACT_TYPE));
        assertThat(manifest("mine/app", "one").layers()).hasSize(3);
    }

    @Test
    void anIndexOfASingleImageBecomesAnImage() throws IOException {
        addIndex("single", "amd64");

        Run run = convertFrom("single", "mine/app:single", "--all-platforms");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(manifest("mine/app", "single").layers()).hasSize(3);
    }

    @Test
    void nydusImagesOfAnIndexArePassedOver() throws IOException {
        List<Descriptor> both = new ArrayList<>();
        both.add(entry("nydus6", "amd64").withArtifactType(NydusMarks.ARTIFACT_TYPE));
        both.add(entry("v1", "amd64"));
        addIndex("both", both);

        Run all = convertFrom("both", "mine/app:all", "--all-platforms");
        Run one = convertFrom("both", "mine/app:one");

        assertThat(all.exitCode()).as(all.err()).isZero();
        assertThat(all.err()).contains(both.getFirst().digest() + " is a nydus image already: left out");
        assertThat(one.exitCode()).as(one.err()).isZero();
        assertIsItsSource("mine/app:all");
        assertIsItsSource("mine/app:one");
    }

    @Test
    void nydusImagesThatTheIndexDoesNotMarkArePassedOverToo() throws IOException {
        addIndex("unmarked", List.of(entry("nydus6", "amd64"), entry("v1", "amd64")));
        addIndex("alone", List.of(entry("nydus6", "amd64")));

        Run all = convertFrom("unmarked", "mine/app:all", "--all-platforms");
        Run alone = convertFrom("alone", "mine/app:alone", "--all-platforms");

        assertThat(all.exitCode()).as(all.err()).isZero();
        assertThat(all.err()).contains("is a nydus image already: left out");
        assertIsItsSource("mine/app:all");
        assertThat(alone.exitCode()).isEqualTo(1);
        assertThat(alone.err()).contains("has no ordinary image for any platform");
    }

    @Test
    void anIndexOfNydusImagesAloneIsRefused() throws IOException {
        addIndex("nydus", List.of(entry("nydus6", "amd64").withArtifactType(NydusMarks.ARTIFACT_TYPE)));

        assertThat(convertFrom("nydus", "mine/app:one").err()).contains("is a nydus image already");
        assertThat(convertFrom("nydus", "mine/app:all", "--all-platforms").err())
                .contains("has no ordinary image for any platform");
    }

    @Test
    void anImageWithoutLayersIsRefused() throws IOException {
        registry.addImage(REPOSITORY, "empty", List.of());

        Run run = convertFrom("empty", "mine/app:nydus");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("the image has no layers");
        assertThat(registry.has("mine/app", "nydus")).isFalse();
    }

    private void addIndex(String tag, String... architectures) {
        addIndex(
                tag,
                Stream.of(architectures)
                        .map(architecture -> entry("v1", architecture))
                        .toList());
    }

    private Descriptor entry(String tag, String architecture) {
        Descriptor image = Descriptor.of(MediaTypes.OCI_MANIFEST, registry.get(REPOSITORY, tag));
        return new Descriptor(
                image.mediaType(),
                image.digest(),
                image.size(),
                List.of(),
                Map.of(),
                null,
                Platform.of("linux", architecture, null),
                null);
    }

    private void addIndex(String tag, List<Descriptor> entries) {
        registry.addDocument(
                REPOSITORY,
                tag,
                MediaTypes.OCI_INDEX,
                new Index(2, MediaTypes.OCI_INDEX, null, entries, null, Map.of()).toJson());
    }

    @Test
    void layersInTheBuildCacheAreNotBuiltAgain() throws IOException {
        String cache = registry.image("mine/cache:layers");
        Run first = convert("mine/app:one", "--build-cache", cache, "--build-cache-insecure");
        assertThat(first.exitCode()).as(first.err()).isZero();

        Run second = convert("other/app:two", "--build-cache", cache, "--build-cache-insecure");

        assertThat(second.exitCode()).as(second.err()).isZero();
        assertThat(second.err()).contains("layer 0 reused", "layer 1 reused").doesNotContain("layer 0 converted");
        assertThat(registry.get("other/app", "two")).isEqualTo(registry.get("mine/app", "one"));
        assertIsItsSource("other/app:two");
        Manifest records = manifest("mine/cache", "layers");
        assertThat(records.annotations()).containsEntry(NydusFormat.CACHE, "v1");
        assertThat(records.layers())
                .allSatisfy(layer ->
                        assertThat(layer.annotations()).containsKeys(NydusFormat.BLOB, NydusFormat.SOURCE_CHAIN_ID))
                .extracting(Descriptor::digest)
                .containsExactlyElementsOf(manifest("mine/app", "one").layers().subList(0, 2).stream()
                        .map(Descriptor::digest)
                        .toList());
    }

    @Test
    void blobsThatReferToLayersAreInTheBuildCacheToo() throws IOException {
        String cache = registry.image("mine/cache:layers");
        convert("mine/app:one", "--oci-ref", "--build-cache", cache, "--build-cache-insecure");

        Run second = convert("other/app:two", "--oci-ref", "--build-cache", cache, "--build-cache-insecure");

        assertThat(second.exitCode()).as(second.err()).isZero();
        assertThat(second.err()).contains("layer 0 reused", "layer 1 reused");
        assertThat(registry.get("other/app", "two")).isEqualTo(registry.get("mine/app", "one"));
        assertIsItsSource("other/app:two");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--build-cache-version=v2",
                "--chunk-size=0x10000",
                "--fs-version=5",
                "--oci-ref",
                "--compressor=none",
                "--batch-size=0x20000"
            })
    void recordsThatDoNotFitAreNotUsed(String option) {
        convert("mine/app:one", "--build-cache-tag", "cache", "--build-cache-insecure");

        Run second = convert("mine/app:two", "--build-cache-tag", "cache", "--build-cache-insecure", option);

        assertThat(second.exitCode()).as(second.err()).isZero();
        assertThat(second.err()).contains("layer 0 converted").doesNotContain("reused");
        assertIsItsSource("mine/app:two");
    }

    @ParameterizedTest
    @CsvSource({
        "--batch-size=0x20000, --batch-size=0x40000",
        "--batch-size=0x20000, --batch-size=0",
        "--fs-version=5, --fs-version=5 --fs-align-chunk",
        "--fs-version=5 --fs-align-chunk, --fs-version=5",
    })
    void recordsOfBlobsOfAnotherFormAreNotUsed(String form, String other) {
        String cache = "--build-cache-tag cache --build-cache-insecure ";
        convert("mine/app:one", (cache + form).split(" "));

        Run second = convert("mine/app:two", (cache + other).split(" "));
        Run third = convert("mine/app:three", (cache + other).split(" "));

        assertThat(second.exitCode()).as(second.err()).isZero();
        assertThat(second.err()).contains("layer 0 converted").doesNotContain("reused");
        assertThat(third.err()).contains("layer 0 reused").doesNotContain("layer 0 converted");
        assertIsItsSource("mine/app:two");
    }

    @Test
    void theCacheKeepsNoMoreRecordsThanItMay() throws IOException {
        convert(
                "mine/app:one",
                "--build-cache-tag",
                "cache",
                "--build-cache-insecure",
                "--build-cache-max-records",
                "1");

        assertThat(manifest("mine/app", "cache").layers()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--fs-version=5", "--fs-version=6", "--oci-ref"})
    void aDirectoryThatAnUpperLayerDoesNotDescribeStaysAsItIsBelow(String option) throws IOException {
        byte[] lower = tar(List.of(directory("tmp/", 01777), directory("etc/", 0700)));
        byte[] upper = tar(
                List.of(new TarArchiveEntry("tmp/new"), new TarArchiveEntry("etc/.wh.old"), directory("srv/", 0755)));
        registry.addImage(REPOSITORY, "implied", List.of(lower, upper));

        Run run = convertFrom("implied", "mine/app:implied", option);

        assertThat(run.exitCode()).as(run.err()).isZero();
        Run check = Run.nydusify(
                "check",
                "--source",
                registry.image(REPOSITORY + ":implied"),
                "--source-insecure",
                "--target",
                registry.image("mine/app:implied"),
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("output").toString());
        assertThat(check.exitCode()).as(check.err()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--fs-version=5", "--fs-version=6"})
    void directoriesMayLieDeep(String option) throws IOException {
        List<TarArchiveEntry> entries = new ArrayList<>();
        for (int depth = 1; depth <= 900; depth++) {
            entries.add(directory("d/".repeat(depth), 0755));
        }
        registry.addImage(REPOSITORY, "deep", List.of(tar(entries)));

        Run run = convertFrom("deep", "mine/app:deep", option);

        assertThat(run.exitCode()).as(run.err()).isZero();
        Run check = Run.nydusify(
                "check",
                "--source",
                registry.image(REPOSITORY + ":deep"),
                "--source-insecure",
                "--target",
                registry.image("mine/app:deep"),
                "--target-insecure",
                "--work-dir",
                directory.resolve("deep").toString());
        assertThat(check.exitCode()).as(check.err()).isZero();
    }

    private static TarArchiveEntry directory(String name, int mode) {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setMode(mode);
        entry.setIds(1, 2);
        return entry;
    }

    private static byte[] tar(List<TarArchiveEntry> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (TarArchiveEntry entry : entries) {
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void archivesAreSourceAndTargetAndNamesSayWhatIsInThem() throws IOException {
        Path source = directory.resolve("source.tar");
        Path target = directory.resolve("target.tar");
        Run.nydusify(
                "copy",
                "--source",
                registry.image(REPOSITORY + ":v1"),
                "--source-insecure",
                "--target",
                "file://" + source,
                "--work-dir",
                directory.resolve("tmp").toString());

        Run convert = Run.nydusify(
                "convert",
                "--source",
                "example.org/app:v1",
                "--source-archive",
                source.toString(),
                "--target",
                "example.org/app:nydus",
                "--target-archive",
                target.toString(),
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("tmp").toString());

        assertThat(convert.exitCode()).as(convert.err()).isZero();
        copyToRegistry(target, "mine/app:archive");
        assertIsItsSource("mine/app:archive");
        assertThat(manifest("mine/app", "archive").annotations())
                .containsEntry(NydusFormat.SOURCE_REFERENCE, "example.org/app:v1");
        try (LayoutSource archive = LayoutSource.archive(target)) {
            assertThat(archive.resolve("nydus").mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
        }
    }

    @Test
    void theTargetMayBeTheSourceWithASuffix() {
        Run run = Run.nydusify(
                "convert",
                "--source",
                registry.image(REPOSITORY + ":v1"),
                "--source-insecure",
                "--target-suffix",
                "-nydus",
                "--target-insecure",
                "--platform",
                "linux/amd64",
                "--work-dir",
                directory.resolve("tmp").toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(registry.has(REPOSITORY, "v1-nydus")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--oci", "--oci-ref"})
    void aDamagedLayerIsNamedAndNoImageAppears(String option) throws IOException {
        String layer = manifest(REPOSITORY, "v1").layers().getFirst().digest().toString();
        registry.damage(REPOSITORY, layer);

        Run run = convert("mine/app:nydus", option);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(layer);
        assertThat(registry.has("mine/app", "nydus")).isFalse();
        assertThat(directory.resolve("tmp")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "--backend-type=oss,object stores are not supported",
        "--compressor=gzip,'none, lz4_block or zstd'",
        "--fs-version=4,5 or 6",
        "--chunk-size=1000,a power of two",
        "--batch-size=3,a power of two",
        "--target-suffix=x,--target conflicts with --target-suffix",
        "--build-cache-max-records=0,1 to 200",
        "--push-retry-delay=soon,--push-retry-delay",
        "--oci-ref --fs-version=5,does not go with it",
        "--oci-ref --compressor=none,does not go with it",
        "--oci-ref --batch-size=0x1000,does not go with it",
        "--chunk-dict=x,is neither bootstrap:registry:IMAGE",
        "--output-json=/nowhere/figures.json,/nowhere is no directory",
        "--build-cache=x/y@sha256:0000000000000000000000000000000000000000000000000000000000000000,a tag is needed",
        "--reverse --compressor=none,--compressor does not go with --reverse",
        "--reverse --merge-platform,does not go with --reverse"
    })
    void whatMakesNoSenseIsWrongUse(String options, String reason) {
        Run run = convert("mine/app:nydus", options.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":1"})
    void aTargetIsNamedByATag(String tag) {
        Run run = convert("mine/app" + tag + "@" + Digest.sha256(new byte[0]));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--target: a tag is needed, not a digest");
    }

    @Test
    void aFileInTheWayIsNamedInPlainWords() throws IOException {
        Files.createFile(directory.resolve("tmp"));

        assertThat(convert("mine/app:nydus").err())
                .contains("cannot use " + directory.resolve("tmp") + " as working directory: it is no directory");
    }
}
