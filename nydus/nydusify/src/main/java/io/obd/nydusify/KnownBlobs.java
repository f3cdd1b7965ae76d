package io.obd.nydusify;

import io.obd.registry.Digest;
import java.io.IOException;

/** Knows which blobs are where an image goes. */
interface KnownBlobs {

    /** Whether the blob is there now. */
    boolean has(Digest blob) throws IOException;
}
