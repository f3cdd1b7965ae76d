package io.obd.rafs.build;

import io.obd.rafs.BlobInfo;
import java.io.IOException;
import java.io.OutputStream;

/** Where blobs go whose identity is known only when they are complete. */
public interface NewBlobs {

    /** What becomes a blob. */
    interface Content {
        /** @return what there is to know of the blob then */
        BlobInfo writeTo(OutputStream out) throws IOException;
    }

    /** Has content written, and keeps it under the identity of the blob that it became. */
    BlobInfo add(Content content) throws IOException;
}
