package io.obd.lsmt.blob;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The payload as it is, in large writes. */
final class PlainOutput implements Output {
    private static final int BUFFER = 256 << 10;

    private final Sink sink;
    private final ByteBuffer pending = ByteBuffer.allocateDirect(BUFFER);
    private long written;

    PlainOutput(Sink sink) {
        this.sink = sink;
    }

    @Override
    public long position() {
        return written + pending.position();
    }

    @Override
    public void write(ByteBuffer src) throws IOException {
        if (src.remaining() > pending.remaining()) {
            writePending();
        }
        if (src.remaining() >= BUFFER) {
            int length = src.remaining();
            sink.write(written, src);
            written += length;
        } else {
            pending.put(src);
        }
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        if (offset + dst.remaining() > written) {
            writePending();
        }
        sink.read(offset, dst);
    }

    @Override
    public long finish() throws IOException {
        writePending();
        return written;
    }

    private void writePending() throws IOException {
        pending.flip();
        int length = pending.remaining();
        sink.write(written, pending);
        written += length;
        pending.clear();
    }

    @Override
    public void close() {}
}
