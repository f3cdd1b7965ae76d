package io.obd.tcmu;

import io.obd.block.BlockStore;

/**
 * An open image.
 *
 * @param store its content; closing it closes the image
 * @param writable whether it has a writable layer
 */
record DiskImage(BlockStore store, boolean writable) {}
