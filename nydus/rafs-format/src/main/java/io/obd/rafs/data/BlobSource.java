package io.obd.rafs.data;

import io.obd.block.BlobReader;
import java.io.IOException;

/** Where the blobs of an image are. */
public interface BlobSource {

    /**
     * Opens a blob. The caller closes it.
     *
     * @param id as in the image's table of blobs
     * @throws IOException if it is not there or cannot be opened
     */
    BlobReader open(String id) throws IOException;
}
