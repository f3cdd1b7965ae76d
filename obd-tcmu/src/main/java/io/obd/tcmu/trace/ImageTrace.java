package io.obd.tcmu.trace;

import io.obd.block.BlockStore;
import io.obd.image.LayerTap;
import java.io.Closeable;
import java.io.IOException;

/** What an image does about a trace while it is open: records one, or reads ahead by one. */
public interface ImageTrace extends LayerTap, Closeable {

    /** Whether this is about what the device reads of the registry, so that nothing else is to be fetched. */
    default boolean isRecording() {
        return false;
    }

    /** Begins, as all layers are open. Returns at once. */
    void start(BlockStore image);

    /** Ends it. The image is still open. */
    @Override
    void close() throws IOException;
}
