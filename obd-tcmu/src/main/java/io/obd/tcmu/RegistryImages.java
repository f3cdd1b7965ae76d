package io.obd.tcmu;

import io.obd.block.BlobReader;
import io.obd.block.gzip.SpanCache;
import io.obd.image.DeviceStatus.Total;
import io.obd.image.ImageConfig;
import io.obd.image.ImageOpener;
import io.obd.image.LayerTap;
import io.obd.image.RegistryBlobs;
import io.obd.image.RemoteBlobs;
import io.obd.lsmt.LayeredImage;
import io.obd.tcmu.download.ImageDownload;
import io.obd.tcmu.download.ImageDownloads;
import io.obd.tcmu.trace.ImageTrace;
import io.obd.tcmu.trace.ImageTraces;
import io.obd.tcmu.watch.DataPathWatch;
import io.obd.tcmu.watch.DataPathWatch.Place;
import io.obd.tcmu.watch.ImageTraffic;
import io.obd.tcmu.watch.WatchedFile;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** Images whose layers are files of this host or blobs of registries. */
final class RegistryImages implements ImageSource {
    private final Blobs blobs;
    private final ImageTraces traces;
    private final ImageDownloads downloads;
    private final DataPathWatch watch;
    private final SpanCache spans = ImageOpener.spans();

    /** Where remote layers come from, and somebody who is told of what is read. */
    interface Blobs {
        RemoteBlobs watchedBy(DataPathWatch watch);
    }

    RegistryImages(Blobs blobs, ImageTraces traces, ImageDownloads downloads, DataPathWatch watch) {
        this.blobs = blobs;
        this.traces = traces;
        this.downloads = downloads;
        this.watch = watch;
    }

    /** Blobs as the service's configuration says. */
    static Blobs of(RegistryBlobs blobs) {
        return watch -> blobs.watchedBy(watch.layers(Place.REMOTE), watch.layers(Place.DOWNLOAD));
    }

    @Override
    public DiskImage open(ImageConfig config) throws IOException {
        ImageTraffic traffic = new ImageTraffic();
        DataPathWatch both = watch.and(traffic);
        RemoteBlobs remote = blobs.watchedBy(both);
        ImageTrace trace = traces.of(config);
        ImageDownload download = downloads.of(config, trace.isRecording(), remote);
        Tap tap = new Tap(trace, download, both);
        try {
            LayeredImage image = new ImageOpener(remote, spans).open(config, tap);
            try {
                trace.start(image);
                download.start();
            } catch (RuntimeException | Error e) {
                try (image;
                        download) {
                    throw e;
                }
            }
            Snapshots snapshots = image.isWritable() ? new LiveSnapshots(image, config) : Snapshots.NONE;
            return new DiskImage(
                    new AssistedImage(image, trace, download, config.upper().data(), both),
                    image.isWritable(),
                    snapshots,
                    new DiskImage.Facts(
                            tap.remoteBytes.get() == 0 ? "" : config.repoBlobUrl(),
                            config.lowers().size(),
                            new Total(tap.localBytes.get(), tap.remoteBytes.get())),
                    traffic,
                    () -> download.progress(tap.remoteBytes.get() > 0));
        } catch (IOException | RuntimeException | Error e) {
            // Whatever it was: a recording that is not ended keeps its file locked.
            try (trace) {
                throw e;
            }
        }
    }

    private static final class Tap implements LayerTap {
        private final ImageTrace trace;
        private final ImageDownload download;
        private final DataPathWatch watch;
        private final AtomicLong localBytes = new AtomicLong();
        private final AtomicLong remoteBytes = new AtomicLong();

        Tap(ImageTrace trace, ImageDownload download, DataPathWatch watch) {
            this.trace = trace;
            this.download = download;
            this.watch = watch;
        }

        @Override
        public BlobReader tap(int layer, BlobReader plain) {
            return trace.tap(layer, plain);
        }

        @Override
        public BlobReader fetched(int layer, BlobReader blob) {
            remoteBytes.addAndGet(blob.size());
            return download.through(layer, blob, file -> new WatchedFile(file, watch.layers(Place.LOCAL)));
        }

        @Override
        public BlobReader local(int layer, BlobReader blob) {
            localBytes.addAndGet(blob.size());
            return new WatchedFile(blob, watch.layers(Place.LOCAL));
        }
    }
}
