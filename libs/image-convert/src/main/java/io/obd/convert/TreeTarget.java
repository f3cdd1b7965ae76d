package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import java.io.IOException;

/** Where the result of a {@link TreeConversion} goes. Its topmost document gets a name, those below are known by digest. */
public interface TreeTarget {

    /** @param top whether the image gets the name, or is part of an index */
    ConversionTarget image(boolean top) throws IOException;

    /**
     * Puts an index there, of which everything else is there already.
     *
     * @param top whether it gets the name, or is part of another index
     */
    Descriptor putIndex(Index index, boolean top) throws IOException;

    /**
     * Puts a manifest or an index there as it is, byte for byte; everything else of it is there already.
     *
     * @param top whether it gets the name, or is part of an index
     */
    Descriptor putAsIs(Descriptor document, byte[] json, boolean top) throws IOException;
}
