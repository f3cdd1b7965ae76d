package io.obd.ctr.convert;

import io.obd.containerd.types.Mount;
import io.obd.convert.ConversionEngine;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.SourceLayer;
import io.obd.ctr.client.Cleanup;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.client.Differ;
import io.obd.ctr.client.Snapshots;
import io.obd.ctr.client.UniqueName;
import io.obd.engines.LayerUuid;
import io.obd.engines.NativeLayers;
import io.obd.image.LayerAnnotations;
import io.obd.lsmt.Layer;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Makes native layers with the file systems of the kernel: the snapshotter gives a writable device on top of the layers
 * below, containerd unpacks the layer on it, and the snapshotter seals what was written. It has to run on the
 * snapshotter's host, as the sealed layer is read from there.
 */
final class DeviceEngine implements ConversionEngine, AutoCloseable {
    private static final String WRITABLE = "containerd.io/snapshot/overlaybd.writable";
    private static final String VSIZE = "containerd.io/snapshot/overlaybd/vsize";
    private static final String ZFILE_CONFIG = "containerd.io/snapshot/overlaybd/zfile-config";
    private static final String LOCAL_COMMIT_PATH = "containerd.io/snapshot/overlaybd.localcommitpath";
    private static final String NAME = "overlaybd-conv-";

    private final Snapshots snapshots;
    private final Differ differ;
    private final Path directory;
    private final NativeLayers layers;
    private final Map<String, String> labels;
    private final String run = NAME + UniqueName.next();

    /** Committed snapshots, the topmost first. Used by the building thread, and at the end. */
    private final Deque<String> committed = new ArrayDeque<>();

    /**
     * @param directory for the layers' files
     * @param gigabytes size of the device
     */
    DeviceEngine(Snapshots snapshots, Differ differ, Path directory, NativeLayers layers, long gigabytes) {
        this.snapshots = snapshots;
        this.differ = differ;
        this.directory = directory;
        this.layers = layers;
        this.labels = Map.of(
                WRITABLE,
                "dir",
                LayerAnnotations.BLOB_FS_TYPE,
                layers.fileSystem(),
                VSIZE,
                Long.toString(gigabytes),
                ZFILE_CONFIG,
                "{\"algorithm\":\"%s\",\"blockSize\":%d}"
                        .formatted(
                                layers.compression().codec().name().toLowerCase(Locale.ROOT),
                                layers.compression().blockSize()));
    }

    /**
     * What tells images of this engine from others of the same source.
     *
     * @param gigabytes size of the device
     */
    static String kind(NativeLayers layers, long gigabytes) {
        return "device/%s-%d/%d/%s"
                .formatted(
                        layers.compression().codec(), layers.compression().blockSize(), gigabytes, layers.fileSystem());
    }

    /** containerd reads the layer itself, from its content store. */
    @Override
    public void build(SourceLayer layer, InputStream tar) throws IOException {
        String below = committed.isEmpty() ? "" : committed.getFirst();
        String key = NAME + UniqueName.next();
        List<Mount> mounts = snapshots
                .prepare(key, below, labels)
                .orElseThrow(() -> new CtrException("the snapshotter says that it has " + key + " already"));
        String name = run + "-" + layer.chainId();
        try {
            String diffId = differ.apply(layer.blob(), mounts);
            if (!diffId.equals(layer.diffId().toString())) {
                throw new CtrException("unpacked it is " + diffId + ", the image's config says " + layer.diffId());
            }
            snapshots.commit(name, key, labels);
        } catch (IOException | RuntimeException e) {
            Cleanup.after(e, () -> snapshots.remove(key));
            throw e;
        }
        committed.addFirst(name);
        compress(layer, sealed(name));
    }

    private Path sealed(String name) throws IOException {
        Path path = Path.of(
                Optional.ofNullable(snapshots.labels(name).orElseGet(Map::of).get(LOCAL_COMMIT_PATH))
                        .orElseThrow(() -> new CtrException(
                                "the snapshotter \"" + snapshots.snapshotter() + "\" did not seal a layer",
                                "only the overlaybd snapshotter makes writable devices",
                                null)));
        if (!Files.isRegularFile(path)) {
            throw new CtrException(
                    "the sealed layer " + path + " is not here",
                    "run the command on the host of the snapshotter, where it sees its files",
                    null);
        }
        return path;
    }

    private void compress(SourceLayer layer, Path sealed) throws IOException {
        Digest parent = layer.parent();
        try (Layer written = Layer.open(sealed)) {
            written.commit(
                    file(layer),
                    layers.options()
                            .withUuids(LayerUuid.of(layer.chainId()), parent == null ? null : LayerUuid.of(parent)));
        }
    }

    @Override
    public ConvertedLayer describe(SourceLayer layer) throws IOException {
        return layers.describe(file(layer));
    }

    private Path file(SourceLayer layer) {
        return directory.resolve(layer.index() + ".overlaybd.commit");
    }

    /** Removes the snapshots: the layers are in files of their own now. */
    @Override
    public void close() throws CtrException {
        for (String name : committed) {
            Cleanup.run(() -> snapshots.remove(name));
        }
    }
}
