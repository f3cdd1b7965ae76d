package io.obd.tcmu.download;

import io.obd.block.BlobReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A remote blob that is read from a file once there is one with the same bytes. Who reads it does not notice. */
final class SwitchingBlob implements BlobReader {
    private static final Logger log = LoggerFactory.getLogger(SwitchingBlob.class);

    private final BlobReader remote;
    private volatile @Nullable BlobReader local;
    private @Nullable BlobReader opened;
    private boolean closed;

    SwitchingBlob(BlobReader remote) {
        this.remote = remote;
    }

    /**
     * From now on reads the file.
     *
     * @param file closed with this, at once if this is closed already
     */
    synchronized void switchTo(BlobReader file) throws IOException {
        if (closed) {
            file.close();
            return;
        }
        opened = file;
        local = file;
    }

    /** Whether it is read from the file. */
    boolean isLocal() {
        return local != null;
    }

    @Override
    public long size() {
        return remote.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        BlobReader file = local;
        (file == null ? remote : file).read(offset, dst);
    }

    @Override
    public boolean willNeed(long offset, long length) {
        BlobReader file = local;
        return (file == null ? remote : file).willNeed(offset, length);
    }

    /**
     * What was found to be wrong in the file is read from the registry again. The file stays open until the end, for
     * the reads of it that are under way.
     */
    @Override
    public boolean discard(long offset, long length) throws IOException {
        BlobReader file = local;
        if (file == null) {
            return remote.discard(offset, length);
        }
        local = null;
        log.error("{}: bytes from {} on are damaged; reading {} instead", file.name(), offset, remote.name());
        return true;
    }

    @Override
    public String name() {
        return remote.name();
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        try (remote) {
            if (opened != null) {
                opened.close();
            }
        }
    }
}
