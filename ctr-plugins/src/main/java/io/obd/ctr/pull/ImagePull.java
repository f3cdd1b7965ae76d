package io.obd.ctr.pull;

import io.grpc.Channel;
import io.obd.ctr.client.Cleanup;
import io.obd.ctr.client.Containerd;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.Descriptors;
import io.obd.ctr.client.Differ;
import io.obd.ctr.client.GcLabels;
import io.obd.ctr.client.Images;
import io.obd.ctr.client.Lease;
import io.obd.ctr.client.Snapshots;
import io.obd.ctr.client.UniqueName;
import io.obd.registry.Descriptor;
import io.obd.registry.ImageReference;
import io.obd.registry.Platform;
import io.obd.registry.Repository;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Pulls an image into containerd, on the client's side: documents go to the content store, layers become snapshots, and a
 * layer that the snapshotter can do without is not downloaded. What is made is under a lease until the image refers to it.
 */
public final class ImagePull {
    private static final Duration LEASE = Duration.ofHours(24);

    private final Containerd containerd;
    private final Repository repository;
    private final PullProgress progress;
    private final Duration patience;

    /** @param patience longest wait for containerd's first answer */
    public ImagePull(Containerd containerd, Repository repository, PullProgress progress, Duration patience) {
        this.containerd = containerd;
        this.repository = repository;
        this.progress = progress;
        this.patience = patience;
    }

    /**
     * Pulls.
     *
     * @throws IOException if the registry failed, or a document of the image is malformed
     */
    public void run(PullRequest request) throws IOException, InterruptedException {
        Task<Descriptor> resolving = Task.start(
                Thread::startVirtualThread,
                () -> repository.resolve(request.reference().target()));
        Lease lease = Lease.take(containerd.channel(), UniqueName.next(), LEASE, patience);
        try {
            pull(request, resolving.join(), lease.channel());
        } catch (IOException | InterruptedException | RuntimeException e) {
            Cleanup.after(e, lease::release);
            throw e;
        }
        lease.release();
    }

    private void pull(PullRequest request, Descriptor target, Channel leased) throws IOException, InterruptedException {
        ImageReference reference = request.reference();
        progress.resolved(reference.toString(), target.digest().toString());
        ContentStore content = new ContentStore(leased);
        BlobFetcher fetcher = new BlobFetcher(content, repository, DistributionSource.of(reference));
        ImageDocuments image = ImageDocuments.fetch(target, Platform.host(), fetcher);
        List<Layer> layers = image.layers();
        progress.layers(layers.stream().map(Layer::blob).toList());
        try (LayerDownloads downloads = new LayerDownloads(fetcher, progress)) {
            new Unpacker(
                            new Snapshots(leased, request.snapshotter()),
                            new Differ(leased),
                            content,
                            downloads,
                            new SnapshotLabels(reference.toString(), image.manifest(), layers, request.downloadBlobs()),
                            progress)
                    .unpack(layers);
        }
        if (!layers.isEmpty()) {
            content.label(
                    image.config().digest().toString(),
                    GcLabels.ofConfig(request.snapshotter(), layers.getLast().chainId()));
        }
        new Images(leased).put(reference.toString(), Descriptors.of(target), request.labels());
    }
}
