package io.obd.nydusd.fs;

import io.obd.fuse.FuseFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that nobody can write to. */
abstract class ReadOnlyFile implements FuseFile {
    @Override
    public boolean isWritable() {
        return false;
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        throw new IOException("images are read-only");
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        throw new IOException("images are read-only");
    }

    @Override
    public void flush() {
        // Nothing is ever written.
    }
}
