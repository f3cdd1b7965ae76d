package io.obd.convert;

import io.obd.registry.MediaTypes;

/** Whose names the documents of a result carry. */
public enum MediaTypeFamily {
    DOCKER(MediaTypes.DOCKER_MANIFEST, MediaTypes.DOCKER_CONFIG, MediaTypes.DOCKER_LAYER),
    OCI(MediaTypes.OCI_MANIFEST, MediaTypes.OCI_CONFIG, MediaTypes.OCI_LAYER);

    private final String manifest;
    private final String config;
    private final String layer;

    MediaTypeFamily(String manifest, String config, String layer) {
        this.manifest = manifest;
        this.config = config;
        this.layer = layer;
    }

    /** Media type of a manifest. */
    public String manifest() {
        return manifest;
    }

    /** Media type of an image's config. */
    public String config() {
        return config;
    }

    /** Media type of a layer that is an uncompressed tar. */
    public String layer() {
        return layer;
    }
}
