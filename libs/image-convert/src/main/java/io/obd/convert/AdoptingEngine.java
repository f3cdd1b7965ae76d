package io.obd.convert;

import java.io.IOException;
import java.io.InputStream;

/** An engine that can go on from layers that an earlier conversion built. */
public interface AdoptingEngine extends ConversionEngine {

    /**
     * Takes a layer in place of building it. Called like {@link #build}, and never if the engine does not build on
     * {@linkplain #buildsOnLayersBelow layers below}.
     *
     * @param blob of the layer, as it is in the target
     * @throws IOException if that cannot be done; the layer is built then
     */
    void adopt(SourceLayer layer, InputStream blob) throws IOException;

    /** Describes a layer by its blob, whether it was built or not. */
    ConvertedLayer describe(SourceLayer layer, Blob blob);
}
