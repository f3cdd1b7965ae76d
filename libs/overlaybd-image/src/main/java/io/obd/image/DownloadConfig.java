package io.obd.image;

import java.time.Duration;

/**
 * Background download of remote layers: {@code download} in {@code overlaybd.json}, and in an image's {@code
 * config.v1.json} where it overrides the former.
 *
 * @param delay wait after the device was opened
 * @param delayExtra upper bound of the random time added to it
 * @param maxMBps limit of the rate, MB/s
 * @param tryCnt attempts per layer
 * @param blockSize bytes per request
 */
public record DownloadConfig(
        boolean enable, Duration delay, Duration delayExtra, int maxMBps, int tryCnt, int blockSize) {

    /** What holds where nothing is configured. */
    public static final DownloadConfig DEFAULT =
            new DownloadConfig(false, Duration.ofSeconds(300), Duration.ofSeconds(30), 100, 5, 262144);

    private static final int DAY = 86400;

    static DownloadConfig read(ConfigObject object) {
        return new DownloadConfig(
                object.bool("enable", DEFAULT.enable),
                Duration.ofSeconds(object.integer("delay", DEFAULT.delay.toSeconds(), 0, DAY)),
                Duration.ofSeconds(object.integer("delayExtra", DEFAULT.delayExtra.toSeconds(), 0, DAY)),
                (int) object.integer("maxMBps", DEFAULT.maxMBps, 1, 1_000_000),
                (int) object.integer("tryCnt", DEFAULT.tryCnt, 1, 1000),
                (int) object.integer("blockSize", DEFAULT.blockSize, 4096, 64 << 20));
    }
}
