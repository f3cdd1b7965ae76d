package io.obd.tcmu;

import io.obd.image.ImageConfig;
import io.obd.image.ImageOpener;
import io.obd.image.RemoteBlobs;
import io.obd.lsmt.LayeredImage;
import io.obd.tcmu.trace.ImageTrace;
import io.obd.tcmu.trace.ImageTraces;
import java.io.IOException;

/** Images whose layers are files of this host or blobs of registries. */
final class RegistryImages implements ImageSource {
    private final ImageOpener opener;
    private final ImageTraces traces;

    RegistryImages(RemoteBlobs blobs, ImageTraces traces) {
        this.opener = new ImageOpener(blobs);
        this.traces = traces;
    }

    @Override
    public DiskImage open(ImageConfig config) throws IOException {
        ImageTrace trace = traces.of(config);
        try {
            LayeredImage image = opener.open(config, trace);
            trace.start(image);
            Snapshots snapshots = image.isWritable() ? new LiveSnapshots(image, config) : Snapshots.NONE;
            return new DiskImage(new TracedImage(image, trace), image.isWritable(), snapshots);
        } catch (IOException e) {
            trace.close();
            throw e;
        }
    }
}
