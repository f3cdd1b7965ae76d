package io.obd.blobstore;

import io.obd.block.BlobException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Bytes of a blob are not cached and could not be fetched in the time a read may take. */
public final class BlobUnavailableException extends BlobException {

    /**
     * @param blob name of the source that was asked last
     * @param offset first byte that is missing
     * @param problem how long it was tried
     * @param last the last failure, null if there was no answer at all
     */
    BlobUnavailableException(String blob, long offset, String problem, @Nullable IOException last) {
        super(
                blob,
                offset,
                problem + (last == null ? "; there was no answer" : "; the last attempt: " + last.getMessage()));
        if (last != null) {
            initCause(last);
        }
    }
}
