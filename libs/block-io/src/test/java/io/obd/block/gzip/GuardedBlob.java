package io.obd.block.gzip;

import static org.assertj.core.api.Assertions.assertThat;

import io.obd.block.BlobReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Is on this host, and notices whether it is read while it is closed, or afterwards. */
final class GuardedBlob implements BlobReader {
    private final BlobReader blob;
    private int users;
    private boolean closed;
    private boolean closedInUse;

    GuardedBlob(BlobReader blob) {
        this.blob = blob;
    }

    synchronized void assertClosedWhenUnused() {
        assertThat(closed).isTrue();
        assertThat(closedInUse).as("read when it was closed").isFalse();
    }

    private synchronized void use(int more) {
        users += more;
        closedInUse |= closed;
    }

    @Override
    public long size() {
        return blob.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        use(1);
        try {
            blob.read(offset, dst);
        } finally {
            use(-1);
        }
    }

    @Override
    public boolean isLocal(long offset, long length) {
        return true;
    }

    @Override
    public String name() {
        return blob.name();
    }

    @Override
    public synchronized void close() throws IOException {
        closedInUse |= users > 0;
        closed = true;
        blob.close();
    }
}
