package io.obd.registry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;

/** The bytes of a blob to be pushed, any range of which can be sent, and sent again. */
abstract class BlobContent {
    private static final MediaType OCTETS = MediaType.get("application/octet-stream");
    private static final int STEP = 64 * 1024;

    static BlobContent of(byte[] bytes) {
        return new BlobContent() {
            @Override
            void write(long offset, long length, BufferedSink sink) throws IOException {
                sink.write(bytes, Math.toIntExact(offset), Math.toIntExact(length));
            }
        };
    }

    static BlobContent of(Path file) {
        return new BlobContent() {
            @Override
            void write(long offset, long length, BufferedSink sink) throws IOException {
                ByteBuffer buffer = ByteBuffer.allocate(STEP);
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    long end = offset + length;
                    for (long at = offset; at < end; ) {
                        buffer.clear().limit((int) Math.min(STEP, end - at));
                        int n = channel.read(buffer, at);
                        if (n < 0) {
                            throw new IOException(file + " ends at byte " + at + ", not at " + end);
                        }
                        sink.write(buffer.array(), 0, n);
                        at += n;
                    }
                }
            }
        };
    }

    abstract void write(long offset, long length, BufferedSink sink) throws IOException;

    RequestBody range(long offset, long length) {
        return new RequestBody() {
            @Override
            public MediaType contentType() {
                return OCTETS;
            }

            @Override
            public long contentLength() {
                return length;
            }

            // After a broken connection the registry is asked first how much of this it has.
            @Override
            public boolean isOneShot() {
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                write(offset, length, sink);
            }
        };
    }
}
