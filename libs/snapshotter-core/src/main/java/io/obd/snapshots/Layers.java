package io.obd.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Snapshots as layers, and the directories in which they are seen. */
final class Layers {
    private final SnapshotDirectories directories;
    private final LayerProvider provider;

    Layers(SnapshotDirectories directories, LayerProvider provider) {
        this.directories = directories;
        this.provider = provider;
    }

    Layer of(Snapshot snapshot) {
        return new Layer(
                snapshot.id(), snapshot.name(), snapshot.layer(), snapshot.labels(), directories.of(snapshot.id()));
    }

    List<Layer> of(List<Snapshot> snapshots) {
        return snapshots.stream().map(this::of).toList();
    }

    /** The layers below the first snapshot of a chain. */
    List<Layer> below(List<Snapshot> chain) {
        return of(chain.subList(1, chain.size()));
    }

    /** The nearest layer of the provider's: the one to attach. */
    static Optional<Layer> attachable(List<Layer> layers) {
        return layers.stream().filter(layer -> !layer.isOrdinary()).findFirst();
    }

    /**
     * The directories that show the layers, nearest first: one for each ordinary layer and one for what is attached.
     *
     * @param labels labels of the snapshot that lies on them
     */
    List<Path> attach(Map<String, String> labels, List<Layer> layers) throws IOException {
        List<Path> shown = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            if (!layers.get(i).isOrdinary()) {
                shown.add(provider.attach(labels, layers.subList(i, layers.size())));
                break;
            }
            shown.add(layers.get(i).fs());
        }
        return shown;
    }
}
