package io.obd.nydusify;

import io.obd.registry.Digest;
import java.io.IOException;

/** Knows how long blobs are that no manifest describes. */
interface BlobSizes {

    /** Bytes of a blob; fails if it is not there. */
    long of(Digest blob) throws IOException;
}
