package io.obd.blobstore;

import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A blob of random bytes, whose reads are counted and can be made to fail. */
final class FakeSource implements BlobSource {
    final byte[] content;
    final AtomicInteger reads = new AtomicInteger();
    final AtomicLong bytes = new AtomicLong();
    final AtomicInteger distrusted = new AtomicInteger();
    volatile @Nullable Hook beforeRead;

    interface Hook {
        void run() throws IOException;
    }

    private final String name;

    FakeSource(int size, long seed) {
        this(size, seed, "fake-" + size);
    }

    FakeSource(int size, long seed, String name) {
        this.name = name;
        content = new byte[size];
        new Random(seed).nextBytes(content);
    }

    Digest digest() {
        return Digest.sha256(content);
    }

    ByteBuffer slice(int offset, int length) {
        return ByteBuffer.wrap(content, offset, length).slice();
    }

    @Override
    public long size() {
        return content.length;
    }

    @Override
    public boolean distrust() {
        distrusted.incrementAndGet();
        return false;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        reads.incrementAndGet();
        Hook hook = beforeRead;
        if (hook != null) {
            hook.run();
        }
        bytes.addAndGet(dst.remaining());
        dst.put(content, (int) offset, dst.remaining());
    }

    @Override
    public String name() {
        return name;
    }
}
