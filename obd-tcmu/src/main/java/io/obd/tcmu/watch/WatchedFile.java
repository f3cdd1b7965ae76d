package io.obd.tcmu.watch;

import io.obd.blobstore.BlobEvents;
import io.obd.block.BlobReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A layer that is a file on this host, whose reads somebody is told of. */
public record WatchedFile(BlobReader file, BlobEvents events) implements BlobReader {

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        int length = dst.remaining();
        long start = System.nanoTime();
        try {
            file.read(offset, dst);
        } catch (IOException e) {
            events.refused(name(), offset, e);
            throw e;
        }
        events.hit(name(), offset, length, System.nanoTime() - start);
    }

    @Override
    public boolean discard(long offset, long length) throws IOException {
        return file.discard(offset, length);
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
