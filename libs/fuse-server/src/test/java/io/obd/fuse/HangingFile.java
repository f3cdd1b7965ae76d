package io.obd.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A disk image whose reads wait until they are let go, as over a network that is down. */
final class HangingFile extends MemoryFile {
    final CountDownLatch released = new CountDownLatch(1);
    final AtomicInteger waiting = new AtomicInteger();

    HangingFile(int size) {
        super(new byte[size], false);
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        waiting.incrementAndGet();
        try {
            released.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        super.read(offset, dst);
    }
}
