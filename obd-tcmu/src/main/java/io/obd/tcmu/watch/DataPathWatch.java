package io.obd.tcmu.watch;

import io.obd.blobstore.BlobEvents;

/** Is told what the data path does, by its threads: it must not wait. */
public interface DataPathWatch {
    /** Nobody is told anything. */
    DataPathWatch NOBODY = new DataPathWatch() {};

    /** What layers are read from, and what for. */
    enum Place {
        /** Layers that are files on this host, for devices. */
        LOCAL,
        /** Layers in a registry and the cache, for devices. */
        REMOTE,
        /** Layers in a registry, to be kept on this host. */
        DOWNLOAD
    }

    /** Is told what readers of layers get. */
    default BlobEvents layers(Place place) {
        return BlobEvents.NONE;
    }

    /** A device was read. */
    default void read(long nanos) {}

    /** Something was written to the writable layer of a device. */
    default void written(String file, long offset, int bytes, long nanos) {}

    /** Tells another one too. */
    default DataPathWatch and(DataPathWatch other) {
        DataPathWatch first = this;
        return new DataPathWatch() {
            @Override
            public BlobEvents layers(Place place) {
                return first.layers(place).and(other.layers(place));
            }

            @Override
            public void read(long nanos) {
                first.read(nanos);
                other.read(nanos);
            }

            @Override
            public void written(String file, long offset, int bytes, long nanos) {
                first.written(file, offset, bytes, nanos);
                other.written(file, offset, bytes, nanos);
            }
        };
    }
}
