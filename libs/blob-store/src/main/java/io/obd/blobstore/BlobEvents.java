package io.obd.blobstore;

import java.io.IOException;

/**
 * Is told what a reader of a blob gets, and where it comes from. Called by the threads of the data path, by several at
 * once: it must not wait.
 */
public interface BlobEvents {
    /** Nobody is told anything. */
    BlobEvents NONE = new BlobEvents() {};

    /**
     * Bytes of a read were on this host.
     *
     * @param blob name of the blob: URL or path
     * @param nanos what the reader waited
     */
    default void hit(String blob, long offset, int bytes, long nanos) {}

    /** Bytes of a read had to be waited for until they came from the source. */
    default void missed(String blob, long offset, int bytes, long nanos) {}

    /** Bytes came from the source, whether a reader waits for them or not. */
    default void fetched(String blob, long offset, long bytes, long nanos) {}

    /** A fetch failed. It may be tried again. */
    default void failed(String blob, long offset, IOException reason) {}

    /** A reader was told that it cannot have its bytes. */
    default void refused(String blob, long offset, IOException reason) {}

    /** Tells another one too. */
    default BlobEvents and(BlobEvents other) {
        return new BothEvents(this, other);
    }
}
