package io.obd.tcmu;

import io.obd.block.BlobReader;
import io.obd.image.ImageConfig;
import io.obd.image.ImageOpener;
import io.obd.image.LayerTap;
import io.obd.image.RemoteBlobs;
import io.obd.lsmt.LayeredImage;
import io.obd.tcmu.download.ImageDownload;
import io.obd.tcmu.download.ImageDownloads;
import io.obd.tcmu.trace.ImageTrace;
import io.obd.tcmu.trace.ImageTraces;
import java.io.IOException;

/** Images whose layers are files of this host or blobs of registries. */
final class RegistryImages implements ImageSource {
    private final ImageOpener opener;
    private final ImageTraces traces;
    private final ImageDownloads downloads;

    RegistryImages(RemoteBlobs blobs, ImageTraces traces, ImageDownloads downloads) {
        this.opener = new ImageOpener(blobs);
        this.traces = traces;
        this.downloads = downloads;
    }

    @Override
    public DiskImage open(ImageConfig config) throws IOException {
        ImageTrace trace = traces.of(config);
        ImageDownload download = downloads.of(config, trace.isRecording());
        try {
            LayeredImage image = opener.open(config, new Tap(trace, download));
            trace.start(image);
            download.start();
            Snapshots snapshots = image.isWritable() ? new LiveSnapshots(image, config) : Snapshots.NONE;
            return new DiskImage(new AssistedImage(image, trace, download), image.isWritable(), snapshots);
        } catch (IOException e) {
            trace.close();
            throw e;
        }
    }

    private record Tap(ImageTrace trace, ImageDownload download) implements LayerTap {
        @Override
        public BlobReader tap(int layer, BlobReader plain) {
            return trace.tap(layer, plain);
        }

        @Override
        public BlobReader fetched(int layer, BlobReader blob) {
            return download.through(layer, blob);
        }
    }
}
