package io.obd.tcmu.download;

import io.obd.image.DownloadConfig;
import io.obd.image.ImageConfig;
import io.obd.image.RemoteBlobs;

/** Downloads the layers of images as the service's configuration says, or that of an image. */
public final class ImageDownloads {
    private final DownloadConfig config;
    private final DirectoryLocks locks = new DirectoryLocks();

    /** @param config what holds for images that say nothing */
    public ImageDownloads(DownloadConfig config) {
        this.config = config;
    }

    /**
     * The download of an image's layers. While a trace of the image is recorded there is none.
     *
     * @param remote where they come from
     */
    public ImageDownload of(ImageConfig image, boolean recording, RemoteBlobs remote) {
        DownloadConfig own = image.download();
        DownloadConfig chosen = own == null ? config : own;
        return new ImageDownload(image, recording ? DownloadConfig.DEFAULT : chosen, remote, locks);
    }
}
