package io.obd.ctr.client;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.obd.containerd.content.v1.ReadContentResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/** A blob of the content store, as it comes from containerd piece by piece. */
final class BlobStream extends InputStream {
    private final BlockingClientCall<?, ReadContentResponse> call;
    private final String digest;
    private final byte[] single = new byte[1];
    private InputStream piece = nullInputStream();
    private boolean ended;

    BlobStream(BlockingClientCall<?, ReadContentResponse> call, String digest) {
        this.call = call;
        this.digest = digest;
    }

    @Override
    public int read() throws IOException {
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
        while (true) {
            int n = piece.read(dst, offset, length);
            if (n >= 0 || ended) {
                return n;
            }
            next();
        }
    }

    private void next() throws IOException {
        try {
            ReadContentResponse response = call.read();
            if (response == null) {
                ended = true;
            } else {
                piece = response.getData().newInput();
            }
        } catch (StatusException e) {
            throw ContainerdException.of("read " + digest + " from the content store", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + digest + " was read from the content store");
        }
    }

    @Override
    public void close() {
        if (!ended) {
            call.cancel("not read to its end", null);
        }
    }
}
