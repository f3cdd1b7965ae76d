package io.obd.engines;

import io.obd.block.AbsentDataException;
import io.obd.block.BlobReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A blob that is not here and is not needed; how long it is does not matter.
 *
 * @param name what it is, for the error if it is needed after all
 */
record AbsentBlob(String name) implements BlobReader {

    @Override
    public long size() {
        return Long.MAX_VALUE;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        throw new AbsentDataException(name, offset, "it is not here and cannot be read");
    }

    @Override
    public void close() {}
}
