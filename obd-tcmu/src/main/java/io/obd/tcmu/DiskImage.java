package io.obd.tcmu;

import io.obd.block.BlockStore;

/**
 * An open image.
 *
 * @param store its content; closing it closes the image
 * @param writable whether it has a writable layer
 * @param snapshots takes snapshots of it
 */
record DiskImage(BlockStore store, boolean writable, Snapshots snapshots) {

    /** An image that no snapshots can be taken of. */
    DiskImage(BlockStore store, boolean writable) {
        this(store, writable, Snapshots.NONE);
    }
}
