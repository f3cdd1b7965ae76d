package io.obd.convert;

import java.io.IOException;
import java.io.InputStream;

/** Knows how one layer is built; the schedule around it is {@link ImageConversion}'s. */
public interface ConversionEngine {

    /**
     * Builds a layer on top of those built before. Called for one layer at a time, from the bottom up, on a platform
     * thread.
     *
     * @param tar the uncompressed layer; need not be read to its end
     */
    void build(SourceLayer layer, InputStream tar) throws IOException;

    /** Describes a layer that was built, which takes its digest. Runs while layers above it are built. */
    ConvertedLayer describe(SourceLayer layer) throws IOException;
}
