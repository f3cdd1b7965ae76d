package io.obd.lsmt;

import io.obd.block.BlobReader;
import io.obd.block.TruncatedBlobException;
import java.nio.ByteBuffer;

/** An input of the fuzzer as a blob. Says of every discard that it helped, so that what is damaged is read twice. */
final class InputBlob implements BlobReader {
    private final byte[] bytes;

    InputBlob(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws TruncatedBlobException {
        if (offset < 0 || offset > bytes.length - dst.remaining()) {
            throw new TruncatedBlobException(name(), offset, dst.remaining(), bytes.length);
        }
        dst.put(bytes, (int) offset, dst.remaining());
    }

    @Override
    public boolean discard(long offset, long length) {
        Expect.that(offset >= 0 && length >= 0 && offset <= bytes.length - length, "discard within the blob");
        return true;
    }

    @Override
    public String name() {
        return "input";
    }

    @Override
    public void close() {}
}
