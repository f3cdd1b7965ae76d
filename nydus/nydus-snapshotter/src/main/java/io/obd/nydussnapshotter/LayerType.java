package io.obd.nydussnapshotter;

import io.obd.snapshots.Layer;

/** What a snapshot is to us. The words stand in the metadata database. */
enum LayerType {
    /** Data of a nydus image, which stays in the registry. */
    BLOB("nydus-blob"),
    /** Metadata of a nydus image: unpacked, and where the image is mounted. */
    BOOTSTRAP("nydus-bootstrap"),
    /** A layer that somebody else pulls. */
    PROXY("nydus-proxy"),
    /** The root of a container whose mounts are other than those of a plain overlay. */
    CONTAINER("nydus-container");

    private final String word;

    LayerType(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    boolean is(Layer layer) {
        return layer.type().equals(word);
    }
}
