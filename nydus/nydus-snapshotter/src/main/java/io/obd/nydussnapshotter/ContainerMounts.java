package io.obd.nydussnapshotter;

import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.Mount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The mounts of containers that are no plain overlays. */
final class ContainerMounts {
    private static final String OVERLAY = "overlay";

    private final MountStyle style;
    private final InstanceConfigs configs;
    private final Path snapshots;

    /** @param snapshots directory that all snapshots lie in */
    ContainerMounts(MountStyle style, InstanceConfigs configs, Path snapshots) {
        this.style = style;
        this.configs = configs;
        this.snapshots = snapshots;
    }

    /**
     * The mount of a container.
     *
     * @param parents the layers below it
     * @param lowers directories in which these are seen, nearest first
     */
    Mount of(Kind kind, Layer layer, List<Layer> parents, List<Path> lowers) throws IOException {
        boolean kata = style.carriesKataVolume(kind, layer.labels(), parents);
        if (lowers.isEmpty() && !kata) {
            return new Mount("bind", layer.fs().toString(), List.of(kind == Kind.VIEW ? "ro" : "rw", "rbind"));
        }
        List<String> options = new ArrayList<>();
        if (style.isVolatile(kind, layer.labels())) {
            options.add("volatile");
        }
        if (kind == Kind.ACTIVE) {
            options.add("workdir=" + layer.directory().resolve("work"));
            options.add("upperdir=" + layer.fs());
        }
        List<Path> below = new ArrayList<>(lowers.isEmpty() ? List.of(snapshots) : lowers);
        if (kind == Kind.VIEW && below.size() == 1) {
            below.add(layer.fs()); // an overlay without an upper has two layers at least
        }
        options.add("lowerdir=" + below.stream().map(Path::toString).collect(Collectors.joining(":")));
        if (kata) {
            options.add(KataVolume.guestPull(annotations(parents)).option());
            return new Mount(helper(), OVERLAY, options);
        }
        if (style.carriesExtraOption(parents)) {
            options.add(extraOption(layer, parents).option());
            return new Mount(helper(), OVERLAY, options);
        }
        return new Mount(OVERLAY, OVERLAY, options);
    }

    private String helper() {
        return "fuse." + style.settings().helper();
    }

    /** What the guest is told of the topmost layer, if it was pulled through us. */
    private static Map<String, String> annotations(List<Layer> parents) {
        if (parents.isEmpty() || !LayerType.PROXY.is(parents.getFirst())) {
            return Map.of();
        }
        Map<String, String> labels = parents.getFirst().labels();
        return labels.entrySet().stream()
                .filter(label -> List.of(Labels.CRI_IMAGE_REF, Labels.CRI_LAYER_DIGEST, Labels.PROXY_MODE)
                        .contains(label.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private ExtraOption extraOption(Layer layer, List<Layer> parents) throws IOException {
        Layer image =
                parents.stream().filter(LayerType.BOOTSTRAP::is).findFirst().orElseThrow();
        RafsInstance instance = RafsInstance.of(image);
        NydusdConfig config = configs.of(instance).with(configs.credentials(instance));
        return new ExtraOption(
                instance.bootstrap().path(),
                config.json(),
                layer.directory(),
                instance.bootstrap().version());
    }
}
