package io.obd.tcmu;

import io.obd.image.ImageConfig;
import io.obd.image.ImageOpener;
import io.obd.image.RemoteBlobs;
import io.obd.lsmt.LayeredImage;
import java.io.IOException;

/** Images whose layers are files of this host or blobs of registries. */
final class RegistryImages implements ImageSource {
    private final ImageOpener opener;

    RegistryImages(RemoteBlobs blobs) {
        this.opener = new ImageOpener(blobs);
    }

    @Override
    public DiskImage open(ImageConfig config) throws IOException {
        LayeredImage image = opener.open(config);
        return image.isWritable()
                ? new DiskImage(image, true, new LiveSnapshots(image, config))
                : new DiskImage(image, false);
    }
}
