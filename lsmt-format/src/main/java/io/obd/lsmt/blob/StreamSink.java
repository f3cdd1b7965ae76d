package io.obd.lsmt.blob;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A target that takes bytes front to back and gives none back. */
final class StreamSink implements Sink {
    private final BlobTarget.Stream target;
    private long position;

    StreamSink(BlobTarget.Stream target) {
        this.target = target;
    }

    @Override
    public String name() {
        return target.name();
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        if (offset != position) {
            throw new IllegalArgumentException("a stream at byte " + position + " cannot be written at byte " + offset);
        }
        while (src.hasRemaining()) {
            position += target.channel().write(src);
        }
    }

    @Override
    public void read(long offset, ByteBuffer dst) {
        throw new UnsupportedOperationException("a stream cannot be read");
    }

    @Override
    public void finish() {}

    @Override
    public void close() {}
}
