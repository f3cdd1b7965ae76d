package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.util.function.LongConsumer;

/** Where the result of a conversion goes, and the name it gets there. */
public interface ConversionTarget {

    /**
     * Puts a layer there. Called from several threads.
     *
     * @param sent told how many bytes are there; what it throws ends the transfer
     * @return whether it was there already
     */
    boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException;

    /** Puts an image's configuration there. */
    Descriptor putConfig(String mediaType, byte[] json) throws IOException;

    /** Puts the manifest there, of which everything else is there already: the name stands for it from now on. */
    Descriptor putManifest(Manifest manifest) throws IOException;
}
