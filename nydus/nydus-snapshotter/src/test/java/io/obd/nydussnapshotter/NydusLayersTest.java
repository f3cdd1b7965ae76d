package io.obd.nydussnapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.registry.CredentialSource;
import io.obd.registry.Credentials;
import io.obd.snapshots.BlockingCalls;
import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.Mount;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the snapshotter makes of the layers of images, with images that are "mounted" by making a directory. */
class NydusLayersTest {
    private static final String IMAGE = "reg.example:5000/app:v1";

    @TempDir
    Path dir;

    private final BlockingCalls blocking = new BlockingCalls();
    private final FakeImages images = new FakeImages();

    @SuppressWarnings("NullAway.Init") // by open()
    private Snapshotter snapshotter;

    private static final class FakeImages implements Images {
        final List<Long> mounted = new ArrayList<>();

        @Override
        public Path mount(List<Layer> chain) throws IOException {
            Layer layer = chain.getFirst();
            if (!mounted.contains(layer.id())) {
                mounted.add(layer.id());
            }
            return Files.createDirectories(RafsInstance.mountpoint(layer.directory()));
        }

        @Override
        public void unmount(Layer layer) {
            mounted.remove(layer.id());
        }

        @Override
        public void recover(List<Layer> layers) {}
    }

    @AfterEach
    void close() throws IOException {
        if (snapshotter != null) {
            snapshotter.close();
        }
    }

    @Test
    void dataLayersAreThereWithoutADownload() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));

        assertThatThrownBy(() -> snapshotter.prepare("extract-1", "", labels("blob", Labels.BLOB)))
                .isInstanceOfSatisfying(
                        SnapshotException.class, e -> assertThat(e.code()).isEqualTo(Code.ALREADY_EXISTS));
        assertThat(snapshotter.stat("blob").kind()).isEqualTo(Kind.COMMITTED);
    }

    @Test
    void theBootstrapLayerIsUnpackedAndTheImageMountedForContainers() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));
        Path unpacked = pulled();

        assertThat(images.mounted).isEmpty();
        List<Mount> mounts = snapshotter.prepare("container", "boot", Map.of());

        assertThat(images.mounted).hasSize(1);
        assertThat(mounts).singleElement().satisfies(mount -> {
            assertThat(mount.type()).isEqualTo("overlay");
            assertThat(mount.options()).contains("lowerdir=" + unpacked.resolveSibling("mnt"));
        });
        assertThat(snapshotter.mounts("container")).isEqualTo(mounts);
    }

    @Test
    void theImageIsUnmountedWithItsLayer() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));
        pulled();
        snapshotter.prepare("container", "boot", Map.of());

        snapshotter.remove("container");
        assertThat(images.mounted).hasSize(1);
        snapshotter.remove("boot");

        assertThat(images.mounted).isEmpty();
    }

    @Test
    void aBootstrapLayerWithoutABootstrapIsRefused() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));
        snapshotter.prepare("extract", "", labels("boot", Labels.BOOTSTRAP));

        assertThatThrownBy(() -> snapshotter.commit("boot", "extract", labels("boot", Labels.BOOTSTRAP), ""))
                .isInstanceOfSatisfying(
                        SnapshotException.class, e -> assertThat(e.code()).isEqualTo(Code.FAILED_PRECONDITION))
                .hasMessageContaining("there is no image/image.boot in it");
    }

    @Test
    void aBootstrapThatIsNoneIsRefused() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));
        Path fs = Path.of(snapshotter
                .prepare("extract", "", labels("boot", Labels.BOOTSTRAP))
                .getFirst()
                .source());
        Files.writeString(fs.resolve("image.boot"), "something else");

        assertThatThrownBy(() -> snapshotter.commit("boot", "extract", labels("boot", Labels.BOOTSTRAP), ""))
                .hasMessageContaining("is no RAFS bootstrap");
    }

    @Test
    void aDataLayerCannotBeViewed() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));
        pulled();

        assertThatThrownBy(() -> snapshotter.view("look", "blob", Map.of()))
                .hasMessageContaining("only the topmost layer")
                .isInstanceOfSatisfying(
                        SnapshotException.class, e -> assertThat(e.code()).isEqualTo(Code.FAILED_PRECONDITION));
        assertThat(snapshotter.view("look", "boot", Map.of()))
                .singleElement()
                .satisfies(mount -> assertThat(mount.options()).contains("ro"));
    }

    @Test
    void whatAContainerWritesCanBeCommittedAndLaidOn() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));
        Path unpacked = pulled();
        snapshotter.prepare("container", "boot", Map.of());
        snapshotter.commit("changed", "container", Map.of(), "");

        Mount mount = snapshotter.prepare("second", "changed", Map.of()).getFirst();

        assertThat(mount.options().getLast()).startsWith("lowerdir=").endsWith("/fs:" + unpacked.resolveSibling("mnt"));
    }

    @Test
    void withNydusOverlayfsTheMountSaysHowToMountTheImage() throws Exception {
        open(FsDriver.FUSEDEV, settings(true, false, false));
        Path unpacked = pulled();

        Mount mount = snapshotter.prepare("container", "boot", Map.of()).getFirst();

        assertThat(mount.type()).isEqualTo("fuse.nydus-overlayfs");
        assertThat(mount.source()).isEqualTo("overlay");
        Path directory = dir.toRealPath().resolve("r/snapshots").resolve(snapshotNumber("container"));
        assertThat(mount.options().subList(0, 3))
                .containsExactly(
                        "workdir=" + directory.resolve("work"),
                        "upperdir=" + directory.resolve("fs"),
                        "lowerdir=" + unpacked.resolveSibling("mnt"));
        JsonNode extra = decode(mount.options().get(3), "extraoption=");
        assertThat(extra.path("source").asText())
                .isEqualTo(unpacked.resolve("image/image.boot").toString());
        assertThat(extra.path("snapshotdir").asText()).isEqualTo(directory.toString());
        assertThat(extra.path("fs_version").asText()).isEqualTo("v6");
        JsonNode config = new ObjectMapper().readTree(extra.path("config").asText());
        assertThat(config.at("/device/backend/config/repo").asText()).isEqualTo("app");
        assertThat(config.at("/device/backend/config/auth").asText()).isEqualTo("YWxpY2U6czNjcmV0");
        assertThat(images.mounted).hasSize(1);
        snapshotter.commit("changed", "container", Map.of(), "");
        assertThat(snapshotter.prepare("second", "changed", Map.of()).getFirst().type())
                .isEqualTo("fuse.nydus-overlayfs");
    }

    @Test
    void withoutDaemonsTheMountSaysItToo() throws Exception {
        open(FsDriver.NODEV, settings(false, false, false));
        pulled();

        assertThat(snapshotter
                        .prepare("container", "boot", Map.of())
                        .getFirst()
                        .options()
                        .getLast())
                .startsWith("extraoption=");
    }

    @Test
    void aProxiedLayerIsPulledByTheGuest() throws Exception {
        open(FsDriver.PROXY, settings(false, true, false));
        Map<String, String> labels = labels("layer", "org.example");
        labels.put(Labels.CRI_LAYER_DIGEST, "sha256:abc");
        assertThatThrownBy(() -> snapshotter.prepare("extract", "", labels)).hasMessageContaining("already exists");
        assertThat(snapshotter.stat("layer").labels()).containsEntry(Labels.PROXY_MODE, "true");

        Mount mount = snapshotter.prepare("container", "layer", Map.of()).getFirst();

        assertThat(mount.type()).isEqualTo("fuse.nydus-overlayfs");
        JsonNode volume = decode(mount.options().getLast(), "io.katacontainers.volume=");
        assertThat(volume.toString())
                .isEqualTo("{\"volume_type\":\"image_guest_pull\",\"source\":\"" + IMAGE + "\",\"options\":["
                        + "\"containerd.io/snapshot/cri.image-ref=" + IMAGE + "\","
                        + "\"containerd.io/snapshot/cri.layer-digest=sha256:abc\","
                        + "\"containerd.io/snapshot/nydus-proxy-mode=true\"],\"image_pull\":{\"metadata\":{"
                        + "\"containerd.io/snapshot/cri.image-ref\":\"" + IMAGE + "\","
                        + "\"containerd.io/snapshot/cri.layer-digest\":\"sha256:abc\","
                        + "\"containerd.io/snapshot/nydus-proxy-mode\":\"true\"}}}");
    }

    @Test
    void aContainerOfAnImageThatOthersHadPulledIsPulledByTheGuestToo() throws Exception {
        open(FsDriver.PROXY, settings(false, true, false));

        Mount mount = snapshotter.prepare("container", "", Map.of()).getFirst();

        assertThat(mount.options()).contains("lowerdir=" + dir.toRealPath().resolve("r/snapshots"));
        assertThat(decode(mount.options().getLast(), "io.katacontainers.volume=")
                        .path("source")
                        .asText())
                .isEqualTo("dummy-image-reference");
    }

    @Test
    void anEmptyLayerStandsInForOneThatTheSnapshotterHasForgotten() throws Exception {
        open(FsDriver.PROXY, settings(false, true, false));

        Mount mount = snapshotter.prepare("container", "forgotten", Map.of()).getFirst();

        assertThat(mount.options().getLast()).startsWith("io.katacontainers.volume=");
        assertThat(snapshotter.stat("forgotten").kind()).isEqualTo(Kind.COMMITTED);
        assertThat(snapshotter.stat("forgotten").labels())
                .containsEntry("nydus.recovered", "true")
                .containsEntry("nydus.recovered.at", "1700000000");
    }

    @Test
    void whatWasForgottenIsNamedIfItsContentCounts() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));

        assertThatThrownBy(() -> snapshotter.prepare("container", "forgotten", Map.of()))
                .isInstanceOfSatisfying(
                        SnapshotException.class, e -> assertThat(e.code()).isEqualTo(Code.NOT_FOUND))
                .hasMessageContaining("forgotten");
    }

    @Test
    void aProxiedLayerWithoutItsDigestIsRefused() throws Exception {
        open(FsDriver.PROXY, settings(false, true, false));

        assertThatThrownBy(() -> snapshotter.prepare("extract", "", labels("layer", "org.example")))
                .hasMessageContaining(Labels.CRI_LAYER_DIGEST);
    }

    @Test
    void whatNeedNotSurviveACrashIsMountedSo() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, true));
        pulled();

        assertThat(snapshotter.prepare("container", "boot", Map.of()).getFirst().options())
                .startsWith("volatile");
    }

    @Test
    void mappedUsersAreRefusedByName() throws Exception {
        open(FsDriver.FUSEDEV, settings(false, false, false));

        assertThatThrownBy(() -> snapshotter.prepare("container", "", Map.of(Labels.UID_MAPPING, "0:1000:65536")))
                .hasMessageContaining("uidmapping");
    }

    private static SnapshotterConfig.Snapshots settings(boolean overlayfs, boolean kata, boolean volatileUppers) {
        return new SnapshotterConfig.Snapshots(overlayfs, "nydus-overlayfs", kata, true, volatileUppers);
    }

    private void open(FsDriver driver, SnapshotterConfig.Snapshots settings) throws IOException {
        Path template = Files.writeString(dir.resolve("nydusd.json"), """
            {"device": {"backend": {"type": "registry", "config": {}}}, "mode": "direct"}\
            """);
        SnapshotterConfig.Remote remote = new SnapshotterConfig.Remote(
                false,
                false,
                Optional.empty(),
                new CredentialsConfig(Optional.empty(), Optional.empty()),
                Duration.ZERO);
        InstanceConfigs configs = new InstanceConfigs(
                template,
                dir.resolve("cache"),
                remote,
                new Mirrors(Optional.empty()),
                CredentialSource.fixed(new Credentials.UserPassword("alice", "s3cret")));
        MountStyle style = new MountStyle(driver, driver == FsDriver.FUSEDEV, settings);
        Path root = Files.createDirectories(dir.resolve("r")).toRealPath();
        NydusLayers layers = new NydusLayers(
                new Claims(driver, style, () -> Instant.ofEpochSecond(1700000000)),
                driver == FsDriver.FUSEDEV ? images : new UnmountedImages(),
                new ContainerMounts(style, configs, root.resolve("snapshots")),
                new CacheKeeper(new BlobCache(dir.resolve("cache")), List::of, true, _ -> {}));
        snapshotter = Snapshotter.open(root, layers, blocking, new Snapshotter.Options(false, false));
    }

    /** Pulls an image of a data layer and a bootstrap; answers where the latter is unpacked. */
    private Path pulled() throws IOException {
        assertThatThrownBy(() -> snapshotter.prepare("extract-blob", "", labels("blob", Labels.BLOB)))
                .isInstanceOf(SnapshotException.class);
        Map<String, String> labels = labels("boot", Labels.BOOTSTRAP);
        Path fs = Path.of(
                snapshotter.prepare("extract", "blob", labels).getFirst().source());
        byte[] boot = new byte[4096];
        ByteBuffer.wrap(boot).order(ByteOrder.LITTLE_ENDIAN).putInt(1024, 0xE0F5E1E2);
        Files.write(Files.createDirectory(fs.resolve("image")).resolve("image.boot"), boot);
        snapshotter.commit("boot", "extract", labels, "");
        return fs;
    }

    private static Map<String, String> labels(String target, String kind) {
        return new HashMap<>(Map.of(Labels.REF, target, Labels.CRI_IMAGE_REF, IMAGE, kind, "true"));
    }

    private String snapshotNumber(String key) throws IOException {
        return Long.toString(snapshotter.stat(key).id());
    }

    private static JsonNode decode(String option, String key) throws IOException {
        assertThat(option).startsWith(key);
        return new ObjectMapper().readTree(Base64.getDecoder().decode(option.substring(key.length())));
    }
}
