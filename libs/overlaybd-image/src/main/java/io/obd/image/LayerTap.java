package io.obd.image;

import io.obd.block.BlobReader;

/** Puts itself between the layers of an image and their plain bytes. Called by several threads. */
@FunctionalInterface
public interface LayerTap {
    /** Stays out of the way. */
    LayerTap NONE = (_, plain) -> plain;

    /**
     * What a layer is to be read through.
     *
     * @param layer its number, counted from the bottom
     * @param plain what the index of the layer maps to: without tar wrapper and compression
     * @return a reader of the same bytes; closing it closes {@code plain}
     */
    BlobReader tap(int layer, BlobReader plain);

    /**
     * What the blob of a layer that is not on this host is to be read through.
     *
     * @param blob as it is stored
     * @return a reader of the same bytes; closing it closes {@code blob}
     */
    default BlobReader fetched(int layer, BlobReader blob) {
        return blob;
    }

    /**
     * What a layer that is a file on this host is to be read through.
     *
     * @param blob as it is stored
     * @return a reader of the same bytes; closing it closes {@code blob}
     */
    default BlobReader local(int layer, BlobReader blob) {
        return blob;
    }
}
