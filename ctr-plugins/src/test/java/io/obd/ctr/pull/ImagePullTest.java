package io.obd.ctr.pull;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.google.protobuf.ByteString;
import io.obd.containerd.content.v1.WriteAction;
import io.obd.containerd.images.v1.Image;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.Kind;
import io.obd.ctr.client.Containerd;
import io.obd.ctr.client.ContainerdException;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.fake.FakeContainerd;
import io.obd.ctr.fake.FakeRegistry;
import io.obd.image.LayerAnnotations;
import io.obd.registry.ChainId;
import io.obd.registry.CredentialSource;
import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import io.obd.registry.RegistryClient;
import io.obd.registry.RegistryConfig;
import io.obd.registry.RegistryException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class ImagePullTest {
    @TempDir
    Path dir;

    private FakeContainerd containerd;
    private FakeRegistry registry;
    private final RecordedProgress progress = new RecordedProgress();

    @BeforeEach
    void start() throws Exception {
        containerd = new FakeContainerd(dir.resolve("containerd.sock"));
        registry = new FakeRegistry();
    }

    @AfterEach
    void stop() throws Exception {
        registry.close();
        containerd.close();
    }

    @Test
    void ofALazyImageOnlyManifestAndConfigAreFetched() throws Exception {
        List<Descriptor> layers = List.of(remote("one"), remote("two"));
        Descriptor manifest = registry.manifest("v1", layers);
        containerd.snapshots.takesLazily = labels -> labels.containsKey(LayerAnnotations.BLOB_DIGEST);

        pull("v1");

        assertThat(registry.requests)
                .containsExactly("HEAD manifests/v1", "GET manifests/" + manifest.digest(), "GET blobs/" + config());
        assertThat(progress.results)
                .containsExactly(entry(0, new LayerResult.Lazy()), entry(1, new LayerResult.Lazy()));
        assertThat(containerd.snapshots.byKey).containsOnlyKeys(chain(layers));
    }

    @Test
    void theSnapshotterIsToldWhatItNeedsToFindALayer() throws Exception {
        Descriptor layer = remote("one");
        Descriptor manifest = registry.manifest("v1", List.of(layer));
        containerd.snapshots.takesLazily = labels -> true;

        pull("v1");

        String image = registry.image("v1").toString();
        assertThat(containerd.snapshots.prepared).singleElement().satisfies(request -> {
            assertThat(request.getKey()).matches("extract-[0-9]+-[A-Za-z0-9_-]{4} " + layer.digest());
            assertThat(request.getLabelsMap())
                    .containsOnly(
                            entry("containerd.io/snapshot.ref", layer.digest().toString()),
                            entry("containerd.io/snapshot/image-ref", image),
                            entry("containerd.io/snapshot/cri.image-ref", image),
                            entry(
                                    "containerd.io/snapshot/cri.manifest-digest",
                                    manifest.digest().toString()),
                            entry(
                                    "containerd.io/snapshot/cri.layer-digest",
                                    layer.digest().toString()),
                            entry(
                                    "containerd.io/snapshot/cri.image-layers",
                                    layer.digest().toString()),
                            entry(LayerAnnotations.BLOB_DIGEST, layer.digest().toString()),
                            entry(LayerAnnotations.BLOB_SIZE, "3"));
        });
    }

    @Test
    void ofANydusImageOnlyTheBootstrapIsDownloaded() throws Exception {
        Descriptor blob = ordinary("data").withAnnotations(Map.of("containerd.io/snapshot/nydus-blob", "true"));
        Descriptor bootstrap =
                ordinary("bootstrap").withAnnotations(Map.of("containerd.io/snapshot/nydus-bootstrap", "true"));
        registry.manifest("v1", List.of(blob, bootstrap));
        containerd.snapshots.takesLazily = labels -> labels.containsKey("containerd.io/snapshot/nydus-blob");

        pull("v1");

        assertThat(containerd.content.blobs)
                .containsKey(bootstrap.digest().toString())
                .doesNotContainKey(blob.digest().toString());
        assertThat(containerd.snapshots.prepared.getFirst().getLabelsMap())
                .containsEntry("containerd.io/snapshot/cri.image-layers", blob.digest() + "," + bootstrap.digest());
        assertThat(progress.results)
                .containsEntry(0, new LayerResult.Lazy())
                .containsEntry(
                        1, new LayerResult.Unpacked("metadata of a nydus image, the data stays in the registry"));
    }

    @Test
    void anOrdinaryImageIsDownloadedAndUnpacked() throws Exception {
        List<Descriptor> layers = List.of(ordinary("one"), ordinary("two"));
        registry.manifest("v1", layers);

        pull("v1");

        assertThat(containerd.diff.applied).containsExactlyElementsOf(digests(layers));
        assertThat(containerd.content.blobs).containsKeys(digests(layers).toArray(String[]::new));
        assertThat(containerd.snapshots.byKey).containsOnlyKeys(chain(layers));
        assertThat(containerd.snapshots.byKey.values()).allMatch(info -> info.getKind() == Kind.COMMITTED);
        assertThat(progress.results.values())
                .containsOnly(new LayerResult.Unpacked("an ordinary layer without overlaybd annotations"));
        assertThat(progress.received).containsEntry(0, 3L).containsEntry(1, 3L);
    }

    @Test
    void contentIsLabelledSoThatTheImageKeepsIt() throws Exception {
        Descriptor layer = ordinary("one");
        Descriptor manifest = registry.manifest("v1", List.of(layer));

        pull("v1");

        Map.Entry<String, String> source = entry("containerd.io/distribution.source." + host(), "app");
        assertThat(labels(manifest.digest().toString()))
                .containsOnly(
                        entry("containerd.io/gc.ref.content.config", config()),
                        entry("containerd.io/gc.ref.content.l.0", layer.digest().toString()),
                        source);
        assertThat(labels(config()))
                .containsOnly(
                        entry(
                                "containerd.io/gc.ref.snapshot.overlaybd",
                                layer.digest().toString()),
                        source);
        assertThat(labels(layer.digest().toString()))
                .containsOnly(entry("containerd.io/uncompressed", layer.digest().toString()), source);
    }

    @Test
    void ofAMixedImageOnlyWhatIsNotLazyIsDownloaded() throws Exception {
        List<Descriptor> layers = List.of(
                remote("one"),
                ordinary("two"),
                remote("three"),
                registry.layer(
                        "trace",
                        Map.of(
                                LayerAnnotations.BLOB_DIGEST,
                                "sha256:" + "a".repeat(64),
                                LayerAnnotations.ACCELERATION_LAYER,
                                "yes")));
        registry.manifest("v1", layers);
        containerd.snapshots.takesLazily = labels -> labels.containsKey(LayerAnnotations.BLOB_DIGEST)
                && !labels.containsKey(LayerAnnotations.ACCELERATION_LAYER);

        pull("v1");

        assertThat(containerd.diff.applied)
                .containsExactly(
                        layers.get(1).digest().toString(),
                        layers.get(3).digest().toString());
        assertThat(registry.requests)
                .doesNotContain(
                        "GET blobs/" + layers.get(0).digest(),
                        "GET blobs/" + layers.get(2).digest());
        assertThat(progress.results)
                .containsEntry(0, new LayerResult.Lazy())
                .containsEntry(2, new LayerResult.Lazy())
                .containsEntry(3, new LayerResult.Unpacked("the list of what to prefetch"));
    }

    @Test
    void remoteLayersAreDownloadedWhenThatIsAskedFor() throws Exception {
        Descriptor layer = remote("one");
        registry.manifest("v1", List.of(layer));
        containerd.snapshots.takesLazily =
                labels -> !labels.containsKey("containerd.io/snapshot/overlaybd/download-remote-blob");

        pull(new PullRequest(registry.image("v1"), "overlaybd", Map.of(), true));

        assertThat(containerd.diff.applied).containsExactly(layer.digest().toString());
        assertThat(progress.results).containsEntry(0, new LayerResult.Unpacked("asked for with --download-blobs"));
    }

    @Test
    void theyAreDownloadedAfterALazyPullToo() throws Exception {
        List<Descriptor> layers = List.of(remote("one"), ordinary("two"));
        registry.manifest("v1", layers);
        containerd.snapshots.takesLazily = labels -> labels.containsKey(LayerAnnotations.BLOB_DIGEST);
        pull("v1");
        assertThat(containerd.content.blobs)
                .doesNotContainKey(layers.getFirst().digest().toString());
        progress.received.clear();

        pull(new PullRequest(registry.image("v1"), "overlaybd", Map.of(), true));

        assertThat(containerd.content.blobs).containsKeys(digests(layers).toArray(String[]::new));
        assertThat(progress.results.values()).containsOnly(new LayerResult.Stored());
        assertThat(progress.received).containsExactly(entry(0, 3L));
    }

    @Test
    void aLayerThatAnotherPullDownloadsMeanwhileIsNotLazy() throws Exception {
        Descriptor layer = remote("one");
        registry.manifest("v1", List.of(layer));
        containerd.snapshots.onPrepare = () ->
                containerd.snapshots.put(layer.digest().toString(), "", Kind.COMMITTED, Map.of("unpacked", "here"));

        pull("v1");

        assertThat(progress.results).containsExactly(entry(0, new LayerResult.Present()));
    }

    @Test
    void aLongLayerComesInPieces() throws Exception {
        Descriptor layer = ordinary("x".repeat(5 * RangesAhead.PIECE + 1));
        registry.manifest("v1", List.of(layer));

        pull("v1");

        assertThat(containerd.content.blobs).containsKey(layer.digest().toString());
        // The first byte, to see whether the registry has ranges, and the pieces.
        assertThat(registry.requests)
                .filteredOn(request -> request.equals("GET blobs/" + layer.digest()))
                .hasSize(1 + 6);
        assertThat(progress.received).containsEntry(0, layer.size());
    }

    @Test
    void whereThereAreNoRangesItComesAsAWhole() throws Exception {
        Descriptor layer = ordinary("x".repeat(5 * RangesAhead.PIECE + 1));
        registry.manifest("v1", List.of(layer));
        registry.ignoresRanges = true;

        pull("v1");

        assertThat(containerd.content.blobs).containsKey(layer.digest().toString());
        assertThat(registry.requests)
                .filteredOn(request -> request.equals("GET blobs/" + layer.digest()))
                .hasSize(2);
    }

    @Test
    void thereADownloadThatStoppedBeginsAnew() throws Exception {
        Descriptor layer = ordinary("one and a half");
        registry.manifest("v1", List.of(layer));
        registry.ignoresRanges = true;
        containerd.content.ingests.put("layer-" + layer.digest(), ByteString.copyFromUtf8("one an"));

        pull("v1");

        assertThat(requireNonNull(containerd.content.blobs.get(layer.digest().toString()))
                        .toStringUtf8())
                .isEqualTo("one and a half");
    }

    @Test
    void aLongLayerThatIsNotWhatItsDigestSaysIsForgottenToo() throws Exception {
        String text = "x".repeat(5 * RangesAhead.PIECE);
        Descriptor layer = ordinary(text);
        registry.manifest("v1", List.of(layer));
        registry.corrupted.put(layer.digest().toString(), (text.substring(1) + "y").getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> pull("v1")).isInstanceOf(ContainerdException.class);

        assertThat(containerd.content.ingests).isEmpty();
        assertThat(containerd.content.blobs).doesNotContainKey(layer.digest().toString());
    }

    @Test
    void theImageGetsItsNameLabelsAndTarget() throws Exception {
        Descriptor manifest = registry.manifest("v1", List.of(ordinary("one")));

        pull(new PullRequest(registry.image("v1"), "overlaybd", Map.of("team", "blue"), false));

        assertThat(image("v1")).satisfies(image -> {
            assertThat(image.getLabelsMap()).containsOnly(entry("team", "blue"));
            assertThat(image.getTarget().getDigest())
                    .isEqualTo(manifest.digest().toString());
            assertThat(image.getTarget().getMediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
        });
    }

    @Test
    void aTagThatMovedTakesTheNameWithIt() throws Exception {
        registry.manifest("v1", List.of(ordinary("one")));
        pull("v1");
        Descriptor moved = registry.manifest("v1", List.of(ordinary("one"), ordinary("more")));

        pull("v1");

        assertThat(image("v1").getTarget().getDigest()).isEqualTo(moved.digest().toString());
        assertThat(progress.results).containsEntry(0, new LayerResult.Present());
    }

    @Test
    void aSecondPullFetchesNothing() throws Exception {
        registry.manifest("v1", List.of(ordinary("one"), ordinary("two")));
        pull("v1");
        registry.requests.clear();

        pull("v1");

        assertThat(registry.requests).containsExactly("HEAD manifests/v1");
        assertThat(progress.results.values()).containsOnly(new LayerResult.Present());
    }

    @Test
    void fromAnIndexTheHostsImageIsChosen() throws Exception {
        Descriptor other = registry.manifest("other", List.of(ordinary("other")));
        Descriptor mine = registry.manifest("mine", List.of(ordinary("mine")));
        Descriptor index =
                index("v1", List.of(on(Platform.of("linux", "s390x", null), other), on(Platform.host(), mine)));

        pull("v1");

        assertThat(registry.requests)
                .contains("GET manifests/" + mine.digest())
                .doesNotContain("GET manifests/" + other.digest());
        assertThat(labels(index.digest().toString()))
                .contains(
                        entry("containerd.io/gc.ref.content.m.0", other.digest().toString()),
                        entry("containerd.io/gc.ref.content.m.1", mine.digest().toString()));
        assertThat(image("v1").getTarget().getDigest()).isEqualTo(index.digest().toString());
    }

    @Test
    void anImageForOtherPlatformsIsRefusedByName() throws Exception {
        Descriptor other = registry.manifest("other", List.of(ordinary("other")));
        index("v1", List.of(on(Platform.of("linux", "s390x", null), other)));

        assertThatThrownBy(() -> pull("v1"))
                .isInstanceOf(CtrException.class)
                .hasMessageContaining("only for linux/s390x");
    }

    @Test
    void whenUnpackingFailsTheHalfMadeSnapshotAndTheLeaseAreGone() throws Exception {
        List<Descriptor> layers = List.of(ordinary("one"), ordinary("two"));
        registry.manifest("v1", layers);
        containerd.diff.failsAt = layers.get(1).digest().toString();

        assertThatThrownBy(() -> pull("v1"))
                .isInstanceOf(ContainerdException.class)
                .hasMessageContaining("unpack the layer " + layers.get(1).digest())
                .hasMessageContaining("no space left on device");

        assertThat(containerd.snapshots.removed).hasSize(1);
        assertThat(containerd.snapshots.byKey)
                .containsOnlyKeys(layers.get(0).digest().toString());
        assertThat(containerd.leases.held).isEmpty();
        assertThat(containerd.images.byName).isEmpty();
    }

    @Test
    void aLayerThatIsNotWhatItsDigestSaysIsRefusedAndForgotten() throws Exception {
        Descriptor layer = ordinary("one");
        registry.manifest("v1", List.of(layer));
        registry.corrupted.put(layer.digest().toString(), "eno".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> pull("v1")).isInstanceOf(RegistryException.DigestMismatch.class);

        assertThat(containerd.content.ingests).isEmpty();
        assertThat(containerd.content.blobs).doesNotContainKey(layer.digest().toString());
        assertThat(containerd.snapshots.byKey).isEmpty();
        assertThat(containerd.leases.held).isEmpty();
    }

    @Test
    void anUnknownImageIsNotFoundAndLeavesNoLease() {
        assertThatThrownBy(() -> pull("none")).isInstanceOf(RegistryException.NotFound.class);

        assertThat(containerd.leases.held).isEmpty();
    }

    @Test
    void aDownloadGoesOnWhereAnotherStopped() throws Exception {
        Descriptor layer = ordinary("one and a half");
        registry.manifest("v1", List.of(layer));
        containerd.content.ingests.put("layer-" + layer.digest(), ByteString.copyFromUtf8("one an"));

        pull("v1");

        assertThat(requireNonNull(containerd.content.blobs.get(layer.digest().toString()))
                        .toStringUtf8())
                .isEqualTo("one and a half");
        assertThat(progress.received).containsEntry(0, layer.size() - "one an".length());
    }

    @Test
    void whileAnotherClientWritesABlobThePullWaitsForIt() throws Exception {
        Descriptor layer = ordinary("one");
        registry.manifest("v1", List.of(layer));
        String ref = "layer-" + layer.digest();
        containerd.content.lock(ref);
        containerd.content.onStatus = containerd.content::unlock;

        pull("v1");

        assertThat(containerd.content.blobs).containsKey(layer.digest().toString());
    }

    @ParameterizedTest
    @EnumSource(
            value = WriteAction.class,
            names = {"STAT", "WRITE", "COMMIT"})
    void whatAnotherClientPutsIntoTheStoreMeanwhileIsTakenAndKept(WriteAction moment) throws Exception {
        Descriptor layer = ordinary("one");
        Descriptor manifest = registry.manifest("v1", List.of(layer));
        Map<String, ByteString> elsewhere = blobsOfAPull("v1");
        containerd.content.onWrite = request -> {
            if (request.getAction() == moment) {
                containerd.content.commitElsewhere(
                        request.getExpected(), requireNonNull(elsewhere.get(request.getExpected())));
            }
        };

        pull("v1");

        String[] all = {manifest.digest().toString(), config(), layer.digest().toString()};
        assertThat(containerd.content.leased).contains(all);
        assertThat(all)
                .allSatisfy(blob ->
                        assertThat(labels(blob)).containsEntry("containerd.io/distribution.source." + host(), "app"));
        assertThat(labels(manifest.digest().toString())).containsEntry("containerd.io/gc.ref.content.config", config());
        assertThat(containerd.content.ingests).isEmpty();
    }

    /** Afterwards containerd is as if the pull had never been. */
    private Map<String, ByteString> blobsOfAPull(String tag) throws Exception {
        pull(tag);
        Map<String, ByteString> blobs = Map.copyOf(containerd.content.blobs);
        containerd.close();
        containerd = new FakeContainerd(dir.resolve("containerd-without-it.sock"));
        return blobs;
    }

    @Test
    void aLayerThatAnotherPullCommitsMeanwhileIsTakenAsItIs() throws Exception {
        Descriptor layer = ordinary("one");
        registry.manifest("v1", List.of(layer));
        containerd.diff.onApply =
                () -> containerd.snapshots.put(layer.digest().toString(), "", Kind.COMMITTED, Map.of());

        pull("v1");

        assertThat(containerd.snapshots.byKey.values())
                .extracting(Info::getKind)
                .containsOnly(Kind.COMMITTED);
        assertThat(containerd.snapshots.removed).hasSize(1);
        assertThat(containerd.leases.held).isEmpty();
    }

    @Test
    void theLeaseLastsADayAndIsReleased() throws Exception {
        registry.manifest("v1", List.of(ordinary("one")));

        pull("v1");

        assertThat(containerd.leases.held).isEmpty();
        assertThat(containerd.leases.released)
                .singleElement()
                .satisfies(lease -> assertThat(lease.getLabelsMap()).containsOnlyKeys("containerd.io/gc.expire"));
    }

    @Test
    void aSnapshotterThatContainerdDoesNotKnowIsNamedWithWhatToDo() throws Exception {
        registry.manifest("v1", List.of(ordinary("one")));

        assertThatThrownBy(() -> pull(new PullRequest(registry.image("v1"), "nosuch", Map.of(), false)))
                .isInstanceOfSatisfying(ContainerdException.class, e -> {
                    assertThat(e).hasMessage("containerd knows no snapshotter \"nosuch\"");
                    assertThat(e.hint()).contains("[proxy_plugins.nosuch]");
                });
    }

    @Test
    void whatContainerdRemembersOfASnapshotterThatWasExchangedIsSaidWithWhatToDo() throws Exception {
        Descriptor layer = ordinary("one");
        registry.manifest("v1", List.of(layer));
        containerd.snapshots.lost.add(layer.digest().toString());

        assertThatThrownBy(() -> pull("v1")).isInstanceOfSatisfying(CtrException.class, e -> {
            assertThat(e)
                    .hasMessageContaining(layer.digest().toString())
                    .hasMessageContaining("the snapshotter \"overlaybd\" does not have it");
            assertThat(e.hint()).contains("ctr images rm --sync");
        });
    }

    @Test
    void anArtifactIsNoImage() throws Exception {
        Descriptor config = registry.blob("application/vnd.cncf.helm.config.v1+json", new byte[] {'{', '}'});
        registry.document(
                "v1",
                MediaTypes.OCI_MANIFEST,
                io.obd.registry.Manifest.of(MediaTypes.OCI_MANIFEST, config, List.of())
                        .toJson());

        assertThatThrownBy(() -> pull("v1"))
                .hasMessageContaining("is not a container image")
                .hasMessageContaining("application/vnd.cncf.helm.config.v1+json");
    }

    private void pull(String tag) throws Exception {
        pull(new PullRequest(registry.image(tag), "overlaybd", Map.of(), false));
    }

    private void pull(PullRequest request) throws Exception {
        RegistryConfig config =
                RegistryConfig.builder().plainHttpHosts(Set.of(registry.host())).build();
        try (Containerd connection = Containerd.connect(containerd.socket(), "default");
                RegistryClient client = new RegistryClient(config, CredentialSource.ANONYMOUS)) {
            new ImagePull(connection, client.repository(request.reference()), progress, Duration.ofSeconds(10))
                    .run(request);
        }
    }

    private Descriptor ordinary(String content) {
        return registry.layer(content, Map.of());
    }

    private Descriptor remote(String content) {
        Descriptor layer = ordinary(content);
        return layer.withAnnotations(Map.of(
                LayerAnnotations.BLOB_DIGEST,
                layer.digest().toString(),
                LayerAnnotations.BLOB_SIZE,
                Long.toString(layer.size()),
                "org.example.other",
                "is not for snapshotters"));
    }

    private Descriptor index(String tag, List<Descriptor> manifests) {
        byte[] json = new Index(2, MediaTypes.OCI_INDEX, null, manifests, null, Map.of()).toJson();
        return registry.document(tag, MediaTypes.OCI_INDEX, json);
    }

    private static Descriptor on(Platform platform, Descriptor manifest) {
        return new Descriptor(
                manifest.mediaType(), manifest.digest(), manifest.size(), List.of(), Map.of(), null, platform, null);
    }

    private String host() {
        return registry.host().substring(0, registry.host().indexOf(':'));
    }

    private Image image(String tag) {
        return requireNonNull(containerd.images.byName.get(registry.image(tag).toString()));
    }

    private Map<String, String> labels(String digest) {
        return requireNonNull(containerd.content.labels.get(digest));
    }

    /** Digest of the configuration of the only image there is. */
    private String config() {
        return containerd.content.labels.values().stream()
                .flatMap(labels -> labels.entrySet().stream())
                .filter(label -> label.getKey().equals("containerd.io/gc.ref.content.config"))
                .map(Map.Entry::getValue)
                .findAny()
                .orElseThrow();
    }

    private static String[] chain(List<Descriptor> layers) {
        return ChainId.of(layers.stream().map(Descriptor::digest).toList()).stream()
                .map(Object::toString)
                .toArray(String[]::new);
    }

    private static List<String> digests(List<Descriptor> layers) {
        return layers.stream().map(layer -> layer.digest().toString()).toList();
    }
}
