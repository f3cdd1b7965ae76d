package io.obd.tcmu;

import io.obd.block.BlockStore;
import io.obd.image.DeviceStatus.ToLocal;
import io.obd.image.DeviceStatus.Total;
import io.obd.tcmu.watch.ImageTraffic;
import java.util.function.Supplier;

/**
 * An open image.
 *
 * @param store its content; closing it closes the image
 * @param writable whether it has a writable layer
 * @param snapshots takes snapshots of it
 * @param facts what it is made of
 * @param traffic what was read of it
 * @param toLocal how far the download of its layers is
 */
record DiskImage(
        BlockStore store,
        boolean writable,
        Snapshots snapshots,
        Facts facts,
        ImageTraffic traffic,
        Supplier<ToLocal> toLocal) {

    /**
     * What an image is made of.
     *
     * @param repository URL of its remote layers, empty if it has none
     * @param layers read-only layers
     * @param total their bytes
     */
    record Facts(String repository, int layers, Total total) {
        static final Facts NONE = new Facts("", 0, new Total(0, 0));
    }

    /** An image that no snapshots can be taken of. */
    DiskImage(BlockStore store, boolean writable) {
        this(store, writable, Snapshots.NONE, Facts.NONE, new ImageTraffic(), () -> ToLocal.LOCAL);
    }
}
