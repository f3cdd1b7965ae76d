package io.obd.nydusify;

import io.obd.convert.NydusMarks;
import io.obd.registry.Manifest;

/** The names that make a manifest that of a nydus image. */
final class NydusFormat {
    /** Media type of a layer that is a RAFS blob. */
    static final String BLOB_TYPE = NydusMarks.BLOB_TYPE;

    /** Media type of the config of an image that stands beside the ordinary one. */
    static final String CONFIG_TYPE = "application/vnd.nydus.image.config.v1+json";

    private static final String PREFIX = "containerd.io/snapshot/";

    /** Of a layer: it is a RAFS blob. */
    static final String BLOB = NydusMarks.BLOB;

    /** Of a layer: it holds the bootstrap. */
    static final String BOOTSTRAP = NydusMarks.BOOTSTRAP;

    /** Of the layer with the bootstrap and of a manifest: version of RAFS. */
    static final String FS_VERSION = PREFIX + "nydus-fs-version";

    /** Of a blob's layer: digest of the original layer that it refers to. */
    static final String REFERENCE = PREFIX + "nydus-ref";

    /** Of a layer that holds nothing: it makes the chain ids of an ordinary image its own. */
    static final String EMPTY_LAYER = PREFIX + "nydus-empty-layer";

    /** Of a manifest: what built the image. */
    static final String BUILDER_VERSION = PREFIX + "nydus-builder-version";

    /** Of a manifest: digest of the manifest that it was made of. */
    static final String SOURCE_DIGEST = PREFIX + "nydus-source-digest";

    /** Of a manifest: name of the image that it was made of. */
    static final String SOURCE_REFERENCE = PREFIX + "nydus-source-reference";

    /** Of the manifest of a build cache: version of its records. */
    static final String CACHE = PREFIX + "nydus-cache";

    /** Of a layer of a build cache: chain id of the layer that it was made of. */
    static final String SOURCE_CHAIN_ID = PREFIX + "nydus-source-chainid";

    /** Of a layer of a build cache: what its bootstrap does not say of the form of its blob; not there if it is plain. */
    static final String BLOB_FORM = PREFIX + "nydus-cache-blob-form";

    /** Where the bootstrap is in the tar of its layer. */
    static final String BOOTSTRAP_FILE = "image/image.boot";

    static final String TRUE = "true";

    private NydusFormat() {}

    /** Whether an annotation says something that is true of nydus images only. */
    static boolean isOwn(String annotation) {
        return annotation.startsWith(PREFIX + "nydus-");
    }

    /** Whether a manifest is that of a nydus image: it has a layer that only such images have. */
    static boolean describes(Manifest manifest) {
        return manifest.layers().stream().anyMatch(NydusMarks::areOnLayer);
    }

    /** Whether a manifest is complete: the last layer of a nydus image holds the bootstrap. */
    static boolean endsWithBootstrap(Manifest manifest) {
        return !manifest.layers().isEmpty()
                && manifest.layers().getLast().annotations().containsKey(BOOTSTRAP);
    }
}
