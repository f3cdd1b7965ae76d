package io.obd.tcmu.download;

import io.obd.image.DownloadConfig;
import io.obd.image.ImageConfig;
import io.obd.image.RemoteBlobs;

/** Downloads the layers of images as the service's configuration says, or that of an image. */
public final class ImageDownloads {
    private final DownloadConfig config;
    private final RemoteBlobs remote;
    private final DirectoryLocks locks = new DirectoryLocks();

    /** @param config what holds for images that say nothing */
    public ImageDownloads(DownloadConfig config, RemoteBlobs remote) {
        this.config = config;
        this.remote = remote;
    }

    /** The download of an image's layers. While a trace of the image is recorded there is none. */
    public ImageDownload of(ImageConfig image, boolean recording) {
        DownloadConfig own = image.download();
        DownloadConfig chosen = own == null ? config : own;
        return new ImageDownload(image, recording ? DownloadConfig.DEFAULT : chosen, remote, locks);
    }
}
