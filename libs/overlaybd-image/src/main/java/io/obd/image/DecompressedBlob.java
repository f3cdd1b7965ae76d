package io.obd.image;

import io.obd.blobstore.BlobSource;
import io.obd.blobstore.BlobStore;
import io.obd.blobstore.CachedBlob;
import io.obd.block.BlobReader;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;

/** What was decompressed of a blob is kept in a cache on this host, so that it is not decompressed again. */
final class DecompressedBlob implements BlobReader {
    private final CachedBlob cache;
    private final BlobReader source;

    private DecompressedBlob(CachedBlob cache, BlobReader source) {
        this.cache = cache;
        this.source = source;
    }

    /** @param source closed with the result, not closed when this fails */
    static DecompressedBlob open(BlobStore store, Digest digest, BlobReader source) throws IOException {
        return new DecompressedBlob(store.open(digest, source.size(), new Source(source)), source);
    }

    @Override
    public long size() {
        return source.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        cache.read(offset, dst);
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
        boolean decompressed = cache.discard(offset, length);
        return source.discard(offset, length) || decompressed;
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public void close() throws IOException {
        try (source) {
            cache.close();
        }
    }

    private record Source(BlobReader blob) implements BlobSource {

        @Override
        public long size() {
            return blob.size();
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            blob.read(offset, dst);
        }

        @Override
        public String name() {
            return blob.name();
        }
    }
}
