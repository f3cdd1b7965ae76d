package io.obd.convertor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.convert.records.ConversionDatabase;
import io.obd.image.LayerAnnotations;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Index;
import io.obd.registry.Manifest;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConvertorTest {
    private static final List<byte[]> LAYERS = List.of(
            SourceImages.tar(Map.of("etc/app.conf", "greeting=hello", "old", "x".repeat(100_000))),
            SourceImages.tar(Map.of(".wh.old", "", "etc/app.conf", "greeting=hello from layer two")));

    /** Less than a layer has. */
    private static final int BROKEN_OFF = 1000;

    @TempDir
    Path dir;

    private FakeRegistry registry;

    @BeforeEach
    void start() throws IOException {
        registry = new FakeRegistry();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void theDocumentsHaveTheFormOfTheOriginals() throws IOException {
        pushGolden();

        Run docker = convert("-i", "v1", "-o", "docker");
        Run oci = convert("-i", "v1", "-o", "oci", "--oci");

        assertThat(docker.exitCode()).as(docker.err()).isZero();
        assertThat(oci.exitCode()).as(oci.err()).isZero();
        assertThat(form(document("docker"))).isEqualTo(form(resource("obd_docker.manifest.json")));
        assertThat(form(document("oci"))).isEqualTo(form(resource("obd.manifest.json")));
        // Ours keeps the settings that the OCI structures do not know.
        assertThat(form(config("oci"))
                        .replace(",\"Healthcheck\":{\"Test\":[\"CMD\",\"true\"]},\"Shell\":[\"/bin/sh\",\"-c\"]", ""))
                .isEqualTo(form(resource("obd.config.json")));
    }

    @Test
    void aTurboOciImageHasTheFormOfTheOriginals() throws IOException {
        pushGolden();

        Run both = convert("-i", "v1", "--overlaybd", "obd", "--fastoci", "old", "--turboOCI", "turbo", "--oci");

        assertThat(both.exitCode()).as(both.err()).isZero();
        assertThat(form(document("turbo"))).isEqualTo(form(resource("turbo.manifest.json")));
        assertThat(form(document("obd"))).isEqualTo(form(resource("obd.manifest.json")));
        assertThat(both.err()).contains("overlaybd build finished", "TurboOCIv1 image build finished");
        assertThat(manifest("turbo").layers())
                .extracting(layer -> layer.annotations().get(LayerAnnotations.TURBO_OCI_TARGET_DIGEST))
                .containsExactlyElementsOf(manifest("v1").layers().stream()
                        .map(layer -> layer.digest().toString())
                        .toList());
    }

    @Test
    void everyDigestOfTheResultIsThatOfItsBlob() throws IOException {
        SourceImages.push(registry, "v1", LAYERS, true);

        convert("-i", "v1", "-o", "obd");

        assertEverythingIsThere("obd");
        for (Descriptor layer : manifest("obd").layers()) {
            assertThat(config("obd")).contains(layer.digest().toString());
        }
    }

    @Test
    void theStepsAreLogged() {
        SourceImages.push(registry, "v1", LAYERS, true);

        Run run = convert("-i", "v1", "-o", "obd");

        assertThat(run.err())
                .contains(
                        "downloaded layer 0",
                        "layer 0 converted",
                        "layer 1 uploaded",
                        "config uploaded",
                        "manifest uploaded, sha256:",
                        "converted to \\\"" + registry.host() + "/app:obd\\\", digest: \\\"sha256:",
                        "overlaybd build finished");
    }

    @Test
    void theFileSystemHoldsWhatTheLayersSay() throws Exception {
        assumeTrue(Tool.isThere("e2fsck"), "e2fsck and debugfs (e2fsprogs) are not installed");
        SourceImages.push(registry, "v1", LAYERS, true);
        convert("-i", "v1", "-o", "obd");

        Path disk = disk("obd");

        assertThat(Tool.run("e2fsck", "-fn", disk.toString())).contains("Pass 5");
        assertThat(Tool.run("debugfs", "-R", "cat /etc/app.conf", disk.toString()))
                .contains("greeting=hello from layer two");
        assertThat(Tool.run("debugfs", "-R", "ls -p /", disk.toString()))
                .contains("/etc/")
                .doesNotContain("/old/");
    }

    @Test
    void theResultFollowsFromTheContentAlone() {
        SourceImages.push(registry, "gzip", LAYERS, true);
        SourceImages.push(registry, "plain", LAYERS, false);

        convert("-i", "gzip", "-o", "first", "--db-type", "none");
        convert("-i", "gzip", "-o", "second", "--db-type", "none");
        convert("-i", "plain", "-o", "third", "--db-type", "none");

        assertThat(document("second")).isEqualTo(document("first"));
        assertThat(document("third")).isEqualTo(document("first"));
    }

    @Test
    void allImagesOfAnIndexAreConverted() throws IOException {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);
        Descriptor other = SourceImages.push(registry, "other", LAYERS.subList(0, 1), true);
        SourceImages.pushIndex(registry, "all", image, other);

        Run run = convert("-i", "all", "-o", "obd", "--concurrency-limit", "1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err())
                .contains(
                        "describes how an image was built",
                        "linux/amd64: layer 0 uploaded",
                        "linux/amd64: layer 0 reused");
        Index index = index("obd");
        assertThat(index.mediaType()).isEqualTo(MediaTypes.OCI_INDEX);
        assertThat(index.manifests())
                .extracting(entry -> String.valueOf(entry.platform()))
                .containsExactly("linux/s390x", Platform.host().toString());
        assertThat(index.manifests())
                .extracting(
                        entry -> manifest(entry.digest().toString()).layers().size())
                .containsExactly(1, 2);
    }

    @Test
    void whatIsDumpedOfAnIndexIsNumberedAsItIsInThere() throws IOException {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);
        Descriptor other = SourceImages.push(registry, "v2", LAYERS.subList(0, 1), true);
        Descriptor inner = SourceImages.pushIndex(registry, "inner", other, image);
        SourceImages.pushIndex(registry, "outer", inner, other);

        Run run = Run.convertor(args("-i", "outer", "-o", "obd", "--dump-manifest"));

        assertThat(run.exitCode()).as(run.err()).isZero();
        try (Stream<Path> entries = Files.list(workDir())) {
            assertThat(entries.map(entry -> entry.getFileName().toString()).filter(name -> !name.equals("index.json")))
                    .containsExactlyInAnyOrder(dumped("1", other), dumped("2.1", image), dumped("2.2", other));
        }
    }

    private static String dumped(String place, Descriptor image) {
        return place + "-linux_amd64-" + image.digest().hex();
    }

    @Test
    void indexesMayBeNestedInIndexes() throws IOException {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);
        Descriptor inner = SourceImages.pushIndex(registry, "inner", image, image);
        SourceImages.pushIndex(registry, "outer", inner, image);

        Run run = convert("-i", "outer", "-o", "obd");

        assertThat(run.exitCode()).as(run.err()).isZero();
        Descriptor nested = index("obd").manifests().getLast();
        assertThat(index(nested.digest().toString()).manifests()).hasSize(2);
    }

    @Test
    void anImageOfAnIndexThatCannotBeConvertedFailsTheWhole() {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);
        Descriptor broken = SourceImages.push(registry, "broken", LAYERS, List.of(), true);
        SourceImages.pushIndex(registry, "all", image, broken);

        assertFailure(convert("-i", "all", "-o", "obd"), "linux/s390x: ", "0 diff ids");
    }

    @Test
    void oneImageOfAnIndexIsTakenByItsPlatform() throws IOException {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);
        Descriptor other = SourceImages.push(registry, "other", LAYERS.subList(0, 1), true);
        SourceImages.pushIndex(registry, "all", image, other);

        Run run = convert("-i", "all", "-o", "obd", "--platform", "linux/s390x");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(manifest("obd").layers()).hasSize(1);
    }

    @Test
    void anIndexWithoutThisPlatformSaysWhatItHas() {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);
        SourceImages.pushIndex(registry, "all", image, image);

        Run run = convert("-i", "all", "-o", "obd", "--platform", "linux/mips");

        assertFailure(run, "all has no image for linux/mips", "linux/s390x");
    }

    @Test
    void anImageInNoIndexIsOfItsOwnPlatformAlone() {
        SourceImages.push(registry, "v1", LAYERS, true);

        assertFailure(convert("-i", "v1", "-o", "obd", "--platform", "linux/arm64"), "--platform", "linux/amd64");
        assertFailure(
                convert("-i", "v1", "-o", "obd", "--platform", "linux/arm64,linux/s390x"), "--platform", "linux/amd64");
        Run run = convert("-i", "v1", "-o", "obd", "--platform", "linux/arm64,linux/amd64");
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    @Test
    void theResultRefersToItsSource() throws IOException {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);
        SourceImages.pushIndex(registry, "all", image, image);
        String type = "application/vnd.containerd.overlaybd.native.v1+json";

        Run run = convert("-i", "all", "-o", "obd", "--referrer");

        assertThat(run.exitCode()).as(run.err()).isZero();
        Descriptor all = Descriptor.of(MediaTypes.OCI_INDEX, document("all").getBytes(StandardCharsets.UTF_8));
        assertThat(index("obd").subject()).isEqualTo(all);
        assertThat(index("obd").artifactType()).isEqualTo(type);
        Manifest manifest =
                manifest(index("obd").manifests().getFirst().digest().toString());
        assertThat(manifest.mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
        assertThat(manifest.subject()).isEqualTo(image);
        assertThat(manifest.artifactType()).isEqualTo(type);
        // This registry does not know the referrers API: the list is under the tag that stands in for it.
        assertThat(index("sha256-" + all.digest().hex()).manifests())
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.digest())
                            .isEqualTo(Digest.sha256(document("obd").getBytes(StandardCharsets.UTF_8)));
                    assertThat(entry.artifactType()).isEqualTo(type);
                });
    }

    @Test
    void withoutUploadNothingGoesToTheRegistry() throws IOException {
        SourceImages.push(registry, "v1", LAYERS, true);
        int blobs = registry.blobs.size();
        Path work = workDir();

        Run run = Run.convertor(args("-i", "v1", "-o", "obd", "--no-upload", "--dump-manifest"));

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("layer 1 made, not uploaded", "nothing was uploaded")
                .doesNotContain("layer 1 uploaded", "converted to");
        assertThat(registry.documents).doesNotContainKey("obd");
        assertThat(registry.blobs).hasSize(blobs);
        try (Stream<Path> files = Files.walk(work)) {
            assertThat(files.filter(Files::isRegularFile))
                    .extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder("config.json", "manifest.json");
        }
    }

    @Test
    void whatIsReservedIsWhatWasUploaded() throws IOException {
        SourceImages.push(registry, "v1", LAYERS, true);

        Run run = Run.convertor(args("-i", "v1", "-o", "obd", "--reserve", "--dump-manifest"));

        assertThat(run.exitCode()).as(run.err()).isZero();
        Manifest manifest = manifest("obd");
        Path image = onlyEntry(workDir());
        assertThat(image.getFileName().toString()).startsWith("1-linux_amd64-");
        assertThat(image.resolve("manifest.json")).hasContent(document("obd"));
        for (int i = 0; i < 2; i++) {
            Path layer;
            String prefix = "000" + i + "_sha256:";
            try (Stream<Path> entries = Files.list(image)) {
                layer = entries.filter(entry -> entry.getFileName().toString().startsWith(prefix))
                        .findFirst()
                        .orElseThrow();
            }
            assertThat(Digest.sha256(Files.readAllBytes(layer.resolve("overlaybd.commit"))))
                    .isEqualTo(manifest.layers().get(i).digest());
        }
    }

    @Test
    void aSourceMayBeNamedByItsDigest() {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);

        Run run = convert("-g", image.digest().toString(), "-o", "obd");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(registry.documents).containsKey("obd");
    }

    @Test
    void theRightPasswordOpensAndAWrongOneIsNamed() {
        SourceImages.push(registry, "v1", LAYERS, true);
        registry.requirePassword("user:se:cret");

        Run wrong = convert("-i", "v1", "-o", "obd", "-u", "user:mistaken");
        assertFailure(wrong, registry.host(), "401");
        assertThat(wrong.err()).doesNotContain("mistaken");

        Run right = convert("-i", "v1", "-o", "obd", "-u", "user:se:cret");
        assertThat(right.exitCode()).as(right.err()).isZero();
    }

    @Test
    void anUnknownImageIsNamed() {
        assertFailure(convert("-i", "nothing", "-o", "obd"), "/v2/app/manifests/nothing", "404");
    }

    @Test
    void aDamagedSourceLayerIsNamed() {
        SourceImages.push(registry, "v1", LAYERS, false);
        String digest = Digest.sha256(LAYERS.get(1)).toString();
        byte[] damaged = LAYERS.get(1).clone();
        damaged[600] ^= 1;
        registry.blobs.put(digest, damaged);

        assertFailure(convert("-i", "v1", "-o", "obd"), "layer 1 (" + digest + ")", "digest");
    }

    @Test
    void aLayerThatIsNotWhatTheConfigSaysIsNamed() {
        Digest wrong = Digest.sha256(new byte[1]);
        SourceImages.push(registry, "v1", LAYERS, List.of(Digest.sha256(LAYERS.getFirst()), wrong), true);

        assertFailure(
                convert("-i", "v1", "-o", "obd"),
                "layer 1 (",
                "the uncompressed layer has digest " + Digest.sha256(LAYERS.get(1)),
                "says " + wrong);
    }

    @Test
    void layersAndDiffIdsMustBeEquallyMany() {
        SourceImages.push(registry, "v1", LAYERS, List.of(), true);

        assertFailure(convert("-i", "v1", "-o", "obd"), "the manifest has 2 layers, but the config has 0 diff ids");
    }

    @Test
    void aRegistryThatDiesWhileItIsPushedToLeavesNothingUnderTheTag() {
        SourceImages.push(registry, "v1", LAYERS, true);
        registry.dieAtUpload();

        assertFailure(convert("-i", "v1", "-o", "obd"), "upload");
    }

    @Test
    void anUploadThatBreaksOffGoesOnWhereItWas() {
        SourceImages.push(registry, "v1", LAYERS, true);
        registry.breakAnUploadAfter(BROKEN_OFF, false);

        Run run = convert("-i", "v1", "-o", "obd");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("goes on after: ");
        assertThat(registry.received()).isEqualTo(uploadedBytes("obd"));
        assertEverythingIsThere("obd");
    }

    @Test
    void whereUnfinishedUploadsAreForgottenTheBlobIsSentAnew() {
        SourceImages.push(registry, "v1", LAYERS, true);
        registry.breakAnUploadAfter(BROKEN_OFF, true);

        Run run = convert("-i", "v1", "-o", "obd");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(registry.received()).isEqualTo(uploadedBytes("obd") + BROKEN_OFF);
        assertEverythingIsThere("obd");
    }

    @Test
    void whatWasConvertedBeforeIsNotConvertedAgain() {
        SourceImages.push(registry, "v1", LAYERS, true);
        convert("-i", "v1", "-o", "first");
        int uploads = registry.uploads();

        Run again = convert("-i", "v1", "-o", "second");

        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(document("second")).isEqualTo(document("first"));
        assertThat(registry.uploads()).isEqualTo(uploads);
        assertThat(again.err()).doesNotContain("downloaded layer");
    }

    @Test
    void whatIsWantedAsFilesIsMadeAgain() throws IOException {
        SourceImages.push(registry, "v1", LAYERS, true);
        convert("-i", "v1", "-o", "first");

        assertThat(filesOf("--dump-manifest")).containsExactlyInAnyOrder("config.json", "manifest.json");
        assertThat(filesOf("--reserve")).contains("overlaybd.commit");
        assertThat(document("second")).isEqualTo(document("first"));
    }

    private List<String> filesOf(String flag) throws IOException {
        Run run = Run.convertor(args("-i", "v1", "-o", "second", flag));
        assertThat(run.exitCode()).as(run.err()).isZero();
        try (Stream<Path> files = Files.walk(workDir())) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
        }
    }

    @Test
    void aReferrerIsMadeOfTheLayersThatAreThere() {
        SourceImages.push(registry, "v1", LAYERS, true);
        convert("-i", "v1", "-o", "first", "--oci");
        int uploads = registry.uploads();

        Run run = convert("-i", "v1", "-o", "second", "--referrer");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).doesNotContain("downloaded layer");
        assertThat(registry.uploads()).isLessThanOrEqualTo(uploads + 1);
    }

    @Test
    void aTurboOciImageOfBeforeIsNotMadeAgain() {
        SourceImages.push(registry, "v1", LAYERS, true);
        convert("-i", "v1", "--turboOCI", "first");
        int uploads = registry.uploads();

        Run again = convert("-i", "v1", "--turboOCI", "second");

        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(document("second")).isEqualTo(document("first"));
        assertThat(registry.uploads()).isEqualTo(uploads);
        assertThat(again.err()).doesNotContain("downloaded layer");
    }

    @Test
    void aTurboOciImageOfOtherSettingsIsMade() {
        SourceImages.push(registry, "v1", LAYERS, true);
        convert("-i", "v1", "--turboOCI", "first");

        for (List<String> other : List.of(
                List.of("--fstype", "erofs"), List.of("--vsize", "2"), List.of("--oci"), List.of("--referrer"))) {
            List<String> flags = new ArrayList<>(List.of("-i", "v1", "--turboOCI", "other"));
            flags.addAll(other);
            Run run = convert(flags.toArray(String[]::new));

            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.err()).doesNotContain("converted before");
            assertThat(document("other")).isNotEqualTo(document("first"));
        }
    }

    @Test
    void aNewLayerIsBuiltOnThoseThatWereConvertedBefore() {
        SourceImages.push(registry, "v1", LAYERS.subList(0, 1), true);
        SourceImages.push(registry, "v2", LAYERS, true);
        convert("-i", "v1", "-o", "first");

        Run run = convert("-i", "v2", "-o", "obd");
        Run fresh = convert("-i", "v2", "-o", "fresh", "--db-type", "none");

        assertThat(fresh.exitCode()).as(fresh.err()).isZero();
        assertThat(run.err()).contains("layer 0 reused", "downloaded layer 1").doesNotContain("downloaded layer 0");
        assertThat(document("obd")).isEqualTo(document("fresh"));
    }

    @Test
    void aConversionThatFailedGoesOnWhereItWas() {
        SourceImages.push(registry, "v1", LAYERS, true);
        registry.refuseUploadsAfter(LAYERS.size());
        assertFailure(convert("-i", "v1", "-o", "obd"), "403");
        registry.refuseUploadsAfter(Integer.MAX_VALUE);

        Run run = convert("-i", "v1", "-o", "obd");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("layer 0 reused", "layer 1 reused").doesNotContain("downloaded layer");
    }

    @Test
    void whatTheRegistryHasLostIsConvertedAgain() {
        SourceImages.push(registry, "v1", LAYERS, true);
        convert("-i", "v1", "-o", "first");
        String lost = manifest("first").layers().getFirst().digest().toString();
        registry.blobs.remove(lost);

        Run run = convert("-i", "v1", "-o", "second");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(document("second")).isEqualTo(document("first"));
        assertThat(registry.blobs).containsKey(lost);
        assertThat(run.err()).contains("layer 1 reused", "layer 0 uploaded");
    }

    @Test
    void aLayerOfBeforeThatIsDamagedIsBuiltAgain() {
        SourceImages.push(registry, "v1", LAYERS.subList(0, 1), true);
        SourceImages.push(registry, "v2", LAYERS, true);
        convert("-i", "v1", "-o", "first");
        String digest = manifest("first").layers().getFirst().digest().toString();
        registry.blobs.computeIfPresent(digest, (_, blob) -> {
            byte[] damaged = blob.clone();
            damaged[damaged.length / 2] ^= 1;
            return damaged;
        });

        Run run = convert("-i", "v2", "-o", "obd");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("layer 0 is converted again: ", "digest");
    }

    @Test
    void otherSettingsAreOtherLayers() {
        SourceImages.push(registry, "v1", LAYERS, true);
        convert("-i", "v1", "-o", "first");

        Run run = convert("-i", "v1", "-o", "obd", "--vsize", "2");
        Run zstd = convert("-i", "v1", "-o", "zstd", "--algorithm", "zstd", "--bs", "64");

        assertThat(run.err()).doesNotContain("converted before");
        assertThat(zstd.err()).doesNotContain("converted before");
        assertThat(manifest("zstd").layers().getFirst().size())
                .isLessThan(manifest("first").layers().getFirst().size());
        assertThat(manifest("obd").layers().getFirst())
                .isNotEqualTo(manifest("first").layers().getFirst());
    }

    @ParameterizedTest
    @ValueSource(strings = {"what?.db", "a?cache=shared&mode=memory", "50%3F #1.db"})
    void theFileOfADatabaseMayHaveAnyName(String name) throws Exception {
        Path file = dir.resolve("databases").resolve(name);

        try (ConversionDatabase database = ConversionDatabase.sqlite(file)) {
            assertThat(database).hasToString(file.toString());
            assertThat(file.resolveSibling(name + "-wal")).exists();
        }
        assertThat(onlyEntry(dir.resolve("databases"))).isEqualTo(file);
    }

    @Test
    void aDatabaseThatIsNoneIsNamed() throws IOException {
        SourceImages.push(registry, "v1", LAYERS, true);
        Files.writeString(database(), "not a database, but a text that is long enough to be taken for a file of one");

        assertFailure(convert("-i", "v1", "-o", "obd"), database().toString());
    }

    /** There is no TLS here that would read them. */
    @ParameterizedTest
    @CsvSource({"--root-ca, missing.pem", "--client-cert, missing.pem:missing.key"})
    void aCertificateThatIsNotThereIsNamed(String flag, String file) {
        SourceImages.push(registry, "v1", LAYERS, true);

        assertFailure(convert("-i", "v1", "-o", "obd", flag, file), "missing.pem: no such file or directory");
    }

    @Test
    void flagsOfTheOriginalThatMeanNothingBesideOthersAreNamed() {
        Descriptor image = SourceImages.push(registry, "v1", LAYERS, true);

        Run idle = convert(
                "-i",
                "v1",
                "-g",
                image.digest().toString(),
                "-o",
                "other",
                "--overlaybd",
                "obd",
                "--fstype",
                "erofs",
                "--disable-sparse",
                "--cert-dir",
                dir.resolve("none").toString(),
                "--no-upload");
        Run busy = convert("-i", "v1", "-o", "obd");

        assertThat(idle.exitCode()).as(idle.err()).isZero();
        assertThat(idle.err())
                .contains(
                        "--input-digest has no effect: ",
                        "--output-tag has no effect: ",
                        "--fstype has no effect: ",
                        "--disable-sparse has no effect: ",
                        "--cert-dir has no effect: " + dir.resolve("none"),
                        "--db-str has no effect: ");
        assertThat(busy.exitCode()).as(busy.err()).isZero();
        assertThat(busy.err()).doesNotContain("has no effect");
    }

    @Test
    void aWorkingDirectoryThatCannotBeUsedIsNamed() throws IOException {
        SourceImages.push(registry, "v1", LAYERS, true);
        Path file = Files.writeString(dir.resolve("file"), "");

        Run run = Run.convertor(
                "-r",
                registry.host() + "/app",
                "--plain",
                "-i",
                "v1",
                "-o",
                "obd",
                "-d",
                file.resolve("x").toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("failed to build overlaybd: cannot use " + file.resolve("x"));
    }

    private Run convert(String... flags) {
        Run run = Run.convertor(args(flags));
        assertThat(workDir()).as("the working directory is gone").doesNotExist();
        return run;
    }

    private String[] args(String... flags) {
        List<String> args = new ArrayList<>(List.of(
                "-r",
                registry.host() + "/app",
                "--plain",
                "-d",
                workDir().toString(),
                "--db-str",
                database().toString()));
        args.addAll(List.of(flags));
        if (!args.contains("--vsize")) {
            args.addAll(List.of("--vsize", "1"));
        }
        return args.toArray(String[]::new);
    }

    private static Path onlyEntry(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            List<Path> all = entries.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    private Index index(String reference) {
        try {
            return Index.parse(document(reference).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path database() {
        return dir.resolve("records.db");
    }

    private Path workDir() {
        return dir.resolve("work");
    }

    private void assertFailure(Run run, String... parts) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.err().lines().filter(line -> line.contains("failed to build overlaybd: ")))
                .singleElement()
                .satisfies(line -> assertThat(line).contains(parts));
        assertThat(run.err()).doesNotContain("\tat ");
        assertThat(registry.documents).doesNotContainKey("obd");
    }

    private String document(String tag) {
        return Objects.requireNonNull(registry.documents.get(tag)).text();
    }

    private Manifest manifest(String reference) {
        try {
            return Manifest.parse(document(reference).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long uploadedBytes(String tag) {
        Manifest manifest = manifest(tag);
        return manifest.config().size()
                + manifest.layers().stream().mapToLong(Descriptor::size).sum();
    }

    private void assertEverythingIsThere(String tag) {
        for (Descriptor layer : manifest(tag).layers()) {
            byte[] blob =
                    Objects.requireNonNull(registry.blobs.get(layer.digest().toString()));
            assertThat(Digest.sha256(blob)).isEqualTo(layer.digest());
            assertThat(layer.size()).isEqualTo(blob.length);
        }
    }

    private String config(String tag) {
        byte[] blob = registry.blobs.get(manifest(tag).config().digest().toString());
        return new String(Objects.requireNonNull(blob), StandardCharsets.UTF_8);
    }

    private Path disk(String tag) throws IOException {
        return Disks.of(registry, manifest(tag), dir);
    }

    private void pushGolden() throws IOException {
        String manifest = resource("v1/manifest.json");
        Manifest parsed = Manifest.parse(manifest.getBytes(StandardCharsets.UTF_8));
        List<Descriptor> blobs = new ArrayList<>(parsed.layers());
        blobs.add(parsed.config());
        for (Descriptor blob : blobs) {
            registry.blobs.put(
                    blob.digest().toString(), bytes("v1/" + blob.digest().hex()));
        }
        registry.addDocument("v1", parsed.mediaType(), manifest.getBytes(StandardCharsets.UTF_8));
    }

    /** A document without the figures that depend on the bytes of the blobs. */
    private static String form(String document) {
        return document.replaceAll("sha256:[0-9a-f]{64}", "sha256:…")
                .replaceAll("\"size\":[0-9]+", "\"size\":…")
                .replaceAll("blob-size\":\"[0-9]+\"", "blob-size\":\"…\"");
    }

    private static String resource(String name) throws IOException {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(ConvertorTest.class.getResourceAsStream("/golden/" + name), name)) {
            return in.readAllBytes();
        }
    }
}
