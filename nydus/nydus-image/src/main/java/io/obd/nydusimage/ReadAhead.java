package io.obd.nydusimage;

import io.obd.block.BlobReader;
import io.obd.block.TruncatedBlobException;
import io.obd.nydusbackend.Backend;
import io.obd.rafs.data.BlobSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Blobs that are far away, of which more is fetched than what is read: files of an image lie side by side, and a request
 * for each would take longer than their bytes. What was fetched last is kept, of all blobs together.
 */
final class ReadAhead implements BlobSource {
    private static final int SEGMENT = 2 << 20;
    private static final int KEPT = 32;

    private final BlobSource source;
    private final Map<Key, CompletableFuture<ByteBuffer>> segments = new LinkedHashMap<>(KEPT, 0.75f, true);

    private record Key(String blob, long segment) {}

    private ReadAhead(BlobSource source) {
        this.source = source;
    }

    /** A backend as it is if it is near. */
    static BlobSource of(Backend backend) {
        return backend.route().isPresent() ? new ReadAhead(backend) : backend;
    }

    @Override
    public BlobReader open(String id) throws IOException {
        return new Reader(id, source.open(id));
    }

    /** Fetches a segment, or waits for who does. */
    private ByteBuffer segment(Key key, BlobReader blob) throws IOException {
        CompletableFuture<ByteBuffer> fetched = new CompletableFuture<>();
        CompletableFuture<ByteBuffer> before;
        synchronized (segments) {
            before = segments.putIfAbsent(key, fetched);
            Iterator<Key> oldest = segments.keySet().iterator();
            while (segments.size() > KEPT) {
                oldest.next();
                oldest.remove();
            }
        }
        if (before != null) {
            return await(before);
        }
        long start = key.segment() * SEGMENT;
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(SEGMENT, blob.size() - start));
        try {
            blob.read(start, bytes);
        } catch (IOException | RuntimeException e) {
            synchronized (segments) {
                segments.remove(key, fetched);
            }
            fetched.completeExceptionally(e);
            throw e;
        }
        fetched.complete(bytes.flip());
        return bytes;
    }

    /** What somebody else fetches has the limits of time of its blob. */
    private static ByteBuffer await(CompletableFuture<ByteBuffer> fetched) throws IOException {
        try {
            return fetched.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private final class Reader implements BlobReader {
        private final String id;
        private final BlobReader blob;

        Reader(String id, BlobReader blob) {
            this.id = id;
            this.blob = blob;
        }

        @Override
        public long size() {
            return blob.size();
        }

        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            if (offset < 0 || offset > blob.size() - dst.remaining()) {
                throw new TruncatedBlobException(name(), offset, dst.remaining(), blob.size());
            }
            long at = offset;
            while (dst.hasRemaining()) {
                ByteBuffer bytes = segment(new Key(id, at / SEGMENT), blob);
                int from = (int) (at % SEGMENT);
                int length = Math.min(dst.remaining(), bytes.limit() - from);
                dst.put(bytes.slice(from, length));
                at += length;
            }
        }

        @Override
        public String name() {
            return blob.name();
        }

        @Override
        public void close() throws IOException {
            blob.close();
        }
    }
}
