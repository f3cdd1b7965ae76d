package io.obd.ctr.pull;

import io.obd.containerd.types.Mount;
import io.obd.ctr.client.Cleanup;
import io.obd.ctr.client.ContainerdException;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.client.Differ;
import io.obd.ctr.client.Snapshots;
import io.obd.ctr.client.UniqueName;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns layers into snapshots, bottom to top. The snapshotter is asked for each before anything of it is downloaded: it
 * answers where to unpack it, or that there is no need to.
 */
final class Unpacker {
    private static final String UNCOMPRESSED = "containerd.io/uncompressed";

    /** On snapshots of layers whose bytes stayed in the registry; the snapshotter for nydus images does not set it. */
    private static final String REMOTE = "containerd.io/snapshot/remote";

    /** Names of active snapshots that may turn out to be taken before we give up. */
    private static final int ATTEMPTS = 3;

    private final Snapshots snapshots;
    private final Differ differ;
    private final ContentStore content;
    private final LayerDownloads downloads;
    private final SnapshotLabels labels;
    private final PullProgress progress;

    Unpacker(
            Snapshots snapshots,
            Differ differ,
            ContentStore content,
            LayerDownloads downloads,
            SnapshotLabels labels,
            PullProgress progress) {
        this.snapshots = snapshots;
        this.differ = differ;
        this.content = content;
        this.downloads = downloads;
        this.labels = labels;
        this.progress = progress;
    }

    /** Makes the snapshots that are missing. */
    void unpack(List<Layer> layers) throws IOException, InterruptedException {
        int first = firstMissing(layers);
        List<Layer> present = layers.subList(0, first);
        if (labels.downloadBlobs()) {
            present.forEach(downloads::start);
        }
        for (Layer layer : present) {
            progress.finished(layer.index(), present(layer));
        }
        List<Layer> missing = layers.subList(first, layers.size());
        for (int i = 0; i < missing.size(); i++) {
            Layer layer = missing.get(i);
            progress.finished(layer.index(), unpack(layer, missing.subList(i + 1, missing.size())));
        }
    }

    /** A committed snapshot has all its parents: looking from the top finds it in one call when the image is there. */
    private int firstMissing(List<Layer> layers) throws ContainerdException {
        for (Layer layer : layers.reversed()) {
            if (snapshots.exists(layer.chainId())) {
                return layer.index() + 1;
            }
        }
        return 0;
    }

    /** Its bytes may be wanted although the snapshot does without them: containerd pushes only what is in its store. */
    private LayerResult present(Layer layer) throws IOException, InterruptedException {
        if (!labels.downloadBlobs()) {
            return new LayerResult.Present();
        }
        downloads.await(layer);
        return new LayerResult.Stored();
    }

    private LayerResult unpack(Layer layer, List<Layer> above) throws IOException, InterruptedException {
        Map<String, String> snapshotLabels = labels.of(layer);
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            String key = "extract-" + UniqueName.next() + " " + layer.chainId();
            Optional<List<Mount>> mounts = snapshots.prepare(key, layer.parentChainId(), snapshotLabels);
            if (mounts.isPresent()) {
                downloads.start(layer);
                above.stream().filter(this::needsDownload).forEach(downloads::start);
                return extract(layer, key, mounts.get(), snapshotLabels);
            }
            Optional<Map<String, String>> found = snapshots.labels(layer.chainId());
            if (found.isPresent()) {
                boolean remote = found.get().containsKey(REMOTE) || layer.kind() == LayerKind.NYDUS_BLOB;
                return remote && !labels.downloadBlobs() ? new LayerResult.Lazy() : present(layer);
            }
        }
        // containerd keeps names of its own, and answers with them before the snapshotter is asked.
        throw new CtrException(
                "containerd says that the layer " + layer.blob().digest() + " is there, as snapshot "
                        + layer.chainId() + ", but the snapshotter \"" + snapshots.snapshotter()
                        + "\" does not have it",
                "if it was exchanged, or its directory, remove the containers and images that it had (ctr containers rm,"
                        + " ctr images rm --sync) and pull again",
                null);
    }

    /** Whether it is certain, before the snapshotter was asked, that a layer will be wanted. */
    private boolean needsDownload(Layer layer) {
        return labels.downloadBlobs() || !layer.kind().canStay();
    }

    private LayerResult extract(Layer layer, String key, List<Mount> mounts, Map<String, String> snapshotLabels)
            throws IOException, InterruptedException {
        boolean committed;
        try {
            downloads.await(layer);
            progress.unpacking(layer.index());
            String diffId = differ.apply(layer.blob(), mounts);
            if (!diffId.equals(layer.diffId())) {
                throw new CtrException("the layer " + layer.blob().digest() + " is not what the image's configuration"
                        + " says: unpacked it is " + diffId + ", expected was " + layer.diffId());
            }
            content.label(layer.blob().digest().toString(), Map.of(UNCOMPRESSED, diffId));
            committed = snapshots.commit(layer.chainId(), key, snapshotLabels);
        } catch (IOException | InterruptedException | RuntimeException e) {
            Cleanup.after(e, () -> snapshots.remove(key));
            throw e;
        }
        if (!committed) {
            snapshots.remove(key); // another pull was faster
        }
        return new LayerResult.Unpacked(
                labels.downloadBlobs() && layer.kind().canStay()
                        ? "asked for with --download-blobs"
                        : layer.kind().whyDownloaded());
    }
}
