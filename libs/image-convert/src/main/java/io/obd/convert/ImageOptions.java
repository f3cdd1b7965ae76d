package io.obd.convert;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How an image is converted.
 *
 * @param family the types of the result; its layers are the engine's
 * @param directory for downloads; nothing is left in it
 * @param finished what was done before, and is not done again
 * @param referrerType artifact type of a result whose manifest refers to that of the source, null for none
 */
public record ImageOptions(
        MediaTypeFamily family,
        Path directory,
        FinishedWork finished,
        @Nullable String referrerType) {

    /** Everything is done, and refers to nothing. */
    public static ImageOptions of(MediaTypeFamily family, Path directory) {
        return new ImageOptions(family, directory, FinishedWork.NONE, null);
    }
}
