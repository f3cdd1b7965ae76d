package io.obd.convert;

import io.obd.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** The registry as the schedule sees it. */
interface LayerTransfer {

    /** The bytes of a blob; fails at their end if they do not have the digest. */
    InputStream pull(Descriptor blob) throws IOException;

    /**
     * Puts a layer into the registry.
     *
     * @param sent told how many bytes the registry has; what it throws ends the transfer
     * @return whether it was there already
     */
    boolean push(ConvertedLayer layer, LongConsumer sent) throws IOException;
}
