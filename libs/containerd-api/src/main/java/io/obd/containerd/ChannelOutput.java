package io.obd.containerd;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Gathers what is written until it is flushed: the HTTP/2 transport writes at most 8 KiB at a time. */
final class ChannelOutput extends OutputStream {
    private static final int SIZE = 64 << 10;

    private final SocketChannel channel;
    private final ByteBuffer gathered = ByteBuffer.allocateDirect(SIZE);

    ChannelOutput(SocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int part = Math.min(length - done, gathered.remaining());
            gathered.put(bytes, offset + done, part);
            done += part;
            if (!gathered.hasRemaining()) {
                flush();
            }
        }
    }

    @Override
    public void flush() throws IOException {
        gathered.flip();
        try {
            while (gathered.hasRemaining()) {
                channel.write(gathered);
            }
        } finally {
            gathered.clear();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            flush();
        } finally {
            channel.close();
        }
    }
}
