package io.obd.tcmu.download;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A remote blob that is read from a file once there is one with the same bytes. Who reads it does not notice. */
final class SwitchingBlob implements BlobReader {
    private static final Logger log = LoggerFactory.getLogger(SwitchingBlob.class);

    private final BlobReader remote;
    private volatile @Nullable FileBlob local;

    SwitchingBlob(BlobReader remote) {
        this.remote = remote;
    }

    /**
     * From now on reads the file.
     *
     * @param file closed with this
     */
    void switchTo(FileBlob file) {
        local = file;
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

    /** What was found to be wrong in the file is read from the registry again. */
    @Override
    public boolean discard(long offset, long length) throws IOException {
        FileBlob file = local;
        if (file == null) {
            return remote.discard(offset, length);
        }
        local = null;
        log.error("{}: bytes from {} on are damaged; reading {} instead", file.name(), offset, remote.name());
        file.close();
        return true;
    }

    @Override
    public String name() {
        return remote.name();
    }

    @Override
    public void close() throws IOException {
        FileBlob file = local;
        try (remote) {
            if (file != null) {
                file.close();
            }
        }
    }
}
