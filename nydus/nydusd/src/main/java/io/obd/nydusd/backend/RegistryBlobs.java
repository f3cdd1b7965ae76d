package io.obd.nydusd.backend;

import io.obd.block.BlobReader;
import io.obd.rafs.data.BlobSource;
import io.obd.registry.Digest;
import io.obd.registry.RemoteBlob;
import io.obd.registry.Repository;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The blobs of a repository. */
record RegistryBlobs(Repository repository) implements BlobSource {
    @Override
    public BlobReader open(String id) throws IOException {
        RemoteBlob blob;
        try {
            blob = repository.blob(Digest.parse("sha256:" + id));
        } catch (IllegalArgumentException e) {
            throw new IOException("blob " + id + " cannot be in a registry: its name is no SHA-256");
        }
        long size = blob.size();
        return new BlobReader() {
            @Override
            public long size() {
                return size;
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
            public void close() {
                // Connections belong to the client.
            }
        };
    }
}
