package io.obd.nydusify;

import io.obd.block.BlobReader;
import io.obd.registry.RemoteBlob;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A blob of a registry, of which only what is wanted is fetched.
 *
 * @param size bytes
 */
record RemoteReader(RemoteBlob blob, long size) implements BlobReader {
    static RemoteReader open(RemoteBlob blob) throws IOException {
        return new RemoteReader(blob, blob.size());
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        blob.read(offset, dst);
    }

    @Override
    public String name() {
        return blob.name();
    }

    @Override
    public void close() {}
}
