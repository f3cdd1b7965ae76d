package io.obd.tcmu.download;

import io.obd.image.DownloadConfig;
import io.obd.image.ImageConfig;
import io.obd.image.RemoteBlobs;
import java.time.Duration;

/** Downloads the layers of images as the service's configuration says, or that of an image. */
public final class ImageDownloads {
    private static final Duration SPACE_PAUSE = Duration.ofMinutes(1);

    private final DownloadConfig config;
    private final Duration spacePause;
    private final DirectoryLocks locks = new DirectoryLocks();

    /** @param config what holds for images that say nothing */
    public ImageDownloads(DownloadConfig config) {
        this(config, SPACE_PAUSE);
    }

    ImageDownloads(DownloadConfig config, Duration spacePause) {
        this.config = config;
        this.spacePause = spacePause;
    }

    /**
     * The download of an image's layers. While a trace of the image is recorded there is none.
     *
     * @param remote where they come from
     */
    public ImageDownload of(ImageConfig image, boolean recording, RemoteBlobs remote) {
        DownloadConfig own = image.download();
        DownloadConfig chosen = own == null ? config : own;
        return new ImageDownload(image, recording ? DownloadConfig.DEFAULT : chosen, remote, locks, spacePause);
    }
}
