package io.obd.ctr.convert;

import io.grpc.Channel;
import io.grpc.Context;
import io.obd.convert.Cancellation;
import io.obd.convert.ConversionEvent;
import io.obd.convert.ConversionTarget;
import io.obd.convert.FinishedWork;
import io.obd.convert.ImageConversion;
import io.obd.convert.ImageOptions;
import io.obd.convert.MediaTypeFamily;
import io.obd.convert.SourceImage;
import io.obd.convert.WorkDirectory;
import io.obd.ctr.client.BoundCalls;
import io.obd.ctr.client.Cleanup;
import io.obd.ctr.client.Containerd;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.CtrException;
import io.obd.ctr.client.Differ;
import io.obd.ctr.client.Images;
import io.obd.ctr.client.Lease;
import io.obd.ctr.client.Snapshots;
import io.obd.ctr.client.UniqueName;
import io.obd.engines.NativeEngine;
import io.obd.engines.NativeLayers;
import io.obd.registry.Descriptor;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Converts an image of containerd into another one, there or in a registry. What is made in containerd is under a lease until
 * the new name stands for it.
 */
public final class StoredConversion {
    /** Name of the snapshotter that makes devices. */
    public static final String SNAPSHOTTER = "overlaybd";

    private static final Duration LEASE = Duration.ofHours(24);
    private static final long GB = 1L << 30;

    private final Containerd containerd;
    private final Consumer<ConversionEvent> listener;
    private final Duration patience;
    private final Path temporary;

    /**
     * @param listener told what happens, from several threads
     * @param patience longest wait for containerd's first answer
     * @param temporary directory in which one is made for the layers' files
     */
    public StoredConversion(
            Containerd containerd, Consumer<ConversionEvent> listener, Duration patience, Path temporary) {
        this.containerd = containerd;
        this.listener = listener;
        this.patience = patience;
        this.temporary = temporary;
    }

    /**
     * Converts.
     *
     * @return the manifest of the result
     */
    public Descriptor run(ConversionRequest request) throws IOException {
        Lease lease = Lease.take(containerd.channel(), "overlaybd-conv-" + UniqueName.next(), LEASE, patience);
        Descriptor result;
        try (WorkDirectory work = WorkDirectory.create(temporary)) {
            result = convert(request, BoundCalls.toThisContext(lease.channel()), work.path());
        } catch (IOException | RuntimeException e) {
            Cleanup.after(e, lease::release);
            throw e;
        }
        lease.release();
        return result;
    }

    private Descriptor convert(ConversionRequest request, Channel leased, Path work) throws IOException {
        Images images = new Images(leased);
        ContentStore content = new ContentStore(leased);
        StoredImages from = new StoredImages(images, content);
        SourceImage image = SourceImage.resolve(from, request.source(), Platform.host());
        image.requireOrdinary(request.source());
        // The mixture is the original's: whatever the source is, a Docker manifest of OCI layers.
        MediaTypeFamily types = new MediaTypeFamily(
                MediaTypes.DOCKER_MANIFEST, image.manifest().config().mediaType(), MediaTypes.OCI_LAYER);
        NativeLayers layers = new NativeLayers(
                types.layer(), request.compression(), request.fileSystem().text());
        ConversionTarget to = request.destination().target(images, content);
        Cancellation cancellation = cancelledWithThisContext();
        if (request.fileSystem().isWrittenByUs()) {
            String kind = NativeEngine.kind(layers, request.gigabytes() * GB) + "/" + layers.fileSystem();
            return new ImageConversion(
                            from,
                            to,
                            new NativeEngine(work, request.gigabytes() * GB, layers),
                            new ImageOptions(types, work, request.destination().finished(kind), null),
                            listener,
                            cancellation)
                    .run(image);
        }
        try (DeviceEngine engine = new DeviceEngine(
                new Snapshots(leased, SNAPSHOTTER), new Differ(leased), work, layers, request.gigabytes())) {
            FinishedWork finished = request.destination().finished(DeviceEngine.kind(layers, request.gigabytes()));
            return new ImageConversion(
                            from, to, engine, new ImageOptions(types, work, finished, null), listener, cancellation)
                    .run(image);
        }
    }

    private static Cancellation cancelledWithThisContext() {
        Cancellation cancellation = new Cancellation();
        Context.current()
                .addListener(
                        context -> cancellation.cancel(new CtrException("the conversion was broken off")),
                        Runnable::run);
        return cancellation;
    }
}
