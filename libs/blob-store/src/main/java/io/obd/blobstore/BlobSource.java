package io.obd.blobstore;

import io.obd.registry.RemoteBlob;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where the bytes of a blob come from when they are not in the cache. Used by many threads at once; every call ends
 * within limits of its own. A failure that may pass is a {@link io.obd.registry.RegistryException} that says so.
 */
public interface BlobSource {

    /** Length of the blob in bytes. */
    long size() throws IOException;

    /** Fills {@code dst} with the bytes from {@code offset} on. */
    void read(long offset, ByteBuffer dst) throws IOException;

    /** What it gave was damaged: returns whether it will give it from elsewhere next time. */
    default boolean distrust() {
        return false;
    }

    /** What this is in an error text. */
    String name();

    /** A blob in a registry. */
    static BlobSource of(RemoteBlob blob) {
        String name = blob.name();
        return new BlobSource() {
            @Override
            public long size() throws IOException {
                return blob.size();
            }

            @Override
            public void read(long offset, ByteBuffer dst) throws IOException {
                blob.read(offset, dst);
            }

            @Override
            public boolean distrust() {
                return blob.distrust();
            }

            @Override
            public String name() {
                return name;
            }
        };
    }
}
