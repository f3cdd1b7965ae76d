package io.obd.convert;

import io.obd.registry.MediaTypes;

/**
 * Whose names the documents of a result carry: those of one family, or a mixture.
 *
 * @param manifest media type of a manifest
 * @param config media type of an image's config
 * @param layer media type of a layer that is an uncompressed tar
 */
public record MediaTypeFamily(String manifest, String config, String layer) {
    public static final MediaTypeFamily DOCKER =
            new MediaTypeFamily(MediaTypes.DOCKER_MANIFEST, MediaTypes.DOCKER_CONFIG, MediaTypes.DOCKER_LAYER);
    public static final MediaTypeFamily OCI =
            new MediaTypeFamily(MediaTypes.OCI_MANIFEST, MediaTypes.OCI_CONFIG, MediaTypes.OCI_LAYER);
}
