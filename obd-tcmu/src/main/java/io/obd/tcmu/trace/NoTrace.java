package io.obd.tcmu.trace;

import io.obd.block.BlobReader;
import io.obd.block.BlockStore;

/** Neither records nor reads ahead. */
final class NoTrace implements ImageTrace {
    @Override
    public BlobReader tap(int layer, BlobReader plain) {
        return plain;
    }

    @Override
    public void start(BlockStore image) {
        // There is nothing to do.
    }

    @Override
    public void close() {
        // There is nothing to end.
    }
}
