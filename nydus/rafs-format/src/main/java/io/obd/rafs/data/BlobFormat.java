package io.obd.rafs.data;

import io.obd.rafs.BlobFeatures;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.RafsVersion;

/**
 * What is chosen for a blob when it is written.
 *
 * @param image of the image it is for
 * @param aligned whether uncompressed chunks begin at multiples of 4 KiB; in version 6 they do in any case
 * @param batchSize bytes of the small chunks that are compressed together; 0 if each is compressed alone
 * @param holdsBootstrap whether the bootstrap becomes part of the blob
 * @param hasContents whether the blob ends with a table of contents
 */
public record BlobFormat(
        ImageFormat image, boolean aligned, int batchSize, boolean holdsBootstrap, boolean hasContents) {

    /** A blob of chunks, as {@code create} makes it if nothing else is said. */
    public static BlobFormat plain(ImageFormat image) {
        return new BlobFormat(image, false, 0, false, false);
    }

    /** A blob with its own bootstrap, as registries hold it. */
    public static BlobFormat layer(ImageFormat image) {
        return new BlobFormat(image, false, 0, true, image.version() == RafsVersion.V6);
    }

    boolean isV6() {
        return image.version() == RafsVersion.V6;
    }

    boolean isAligned() {
        return aligned || isV6();
    }

    BlobFeatures features() {
        return BlobFeatures.of(isV6(), batchSize > 0, holdsBootstrap, hasContents);
    }
}
