package io.obd.convert;

import io.obd.block.StreamCompression;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/** Knows how one layer is built; the schedule around it is {@link ImageConversion}'s. */
public interface ConversionEngine {

    /** Whether a layer is built on those below it. If not, several are built at a time. */
    default boolean buildsOnLayersBelow() {
        return true;
    }

    /**
     * Uncompresses a layer. What this gives is read to its end, by one thread, while the layer is built; that may begin
     * while the layer below is still built.
     *
     * @param blob as it is in the registry; closed with the result
     */
    default InputStream uncompress(SourceLayer layer, InputStream blob) throws IOException {
        return StreamCompression.decompress(blob);
    }

    /**
     * Builds a layer on top of those built before. Called for one layer at a time, from the bottom up, on a platform
     * thread; for several at a time on a thread each if they are not built on {@linkplain #buildsOnLayersBelow layers
     * below}.
     *
     * @param tar the uncompressed layer; need not be read to its end
     */
    void build(SourceLayer layer, InputStream tar) throws IOException;

    /**
     * Told that a layer's blob is here as it is in the source, with the right digest. Runs while the layer is built.
     *
     * @param file with the blob
     * @return whether the engine takes the file, and removes it some time; otherwise it is gone when the layer was built
     */
    default boolean takes(SourceLayer layer, Path file) throws IOException {
        return false;
    }

    /** A layer that is not made of the image and goes below all of its layers; asked when those are built. */
    default Optional<ConvertedLayer> base() {
        return Optional.empty();
    }

    /**
     * A layer that is not made of one of the image's and goes on top of all of them; asked when those are built, and maybe
     * not uploaded yet.
     */
    default Optional<ConvertedLayer> top() throws IOException {
        return Optional.empty();
    }

    /** Describes a layer that was built, which takes its digest. Runs while layers above it are built. */
    ConvertedLayer describe(SourceLayer layer) throws IOException;
}
