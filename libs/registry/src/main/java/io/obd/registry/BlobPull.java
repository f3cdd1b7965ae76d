package io.obd.registry;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Objects;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** A blob as it arrives: checked, and taken up again where a broken connection left it. */
final class BlobPull extends InputStream {
    private final RegistryCaller caller;
    private final Access access;
    private final HttpUrl url;
    private final Descriptor blob;
    private final MessageDigest hasher;
    private final Retry retry;
    private @Nullable Response response;
    private @Nullable InputStream body;
    private long position;
    private boolean verified;

    private BlobPull(RegistryCaller caller, Access access, HttpUrl url, Descriptor blob) {
        this.caller = caller;
        this.access = access;
        this.url = url;
        this.blob = blob;
        this.hasher = blob.digest().hasher();
        this.retry = caller.retry(Deadline.none());
    }

    /** Returns when the registry has begun to answer. */
    static BlobPull start(RegistryCaller caller, Access access, HttpUrl url, Descriptor blob) throws IOException {
        BlobPull pull = new BlobPull(caller, access, url, blob);
        pull.retry.run(() -> {
            pull.connect();
            return pull;
        });
        return pull;
    }

    private void connect() throws IOException {
        Request.Builder request = new Request.Builder().url(url).header("Accept-Encoding", "identity");
        if (position > 0) {
            request.header("Range", "bytes=" + position + "-");
        }
        Response answer = caller.sendFollowing(request.build(), access, Deadline.none());
        InputStream in = answer.body().byteStream();
        if (position > 0 && answer.code() == 206) {
            ContentRange.require(answer, position, blob.size() - 1, blob.size());
        } else if (answer.code() == 200) {
            long length = answer.body().contentLength();
            if (length >= 0 && length != blob.size()) {
                throw Failures.protocol(answer, "an answer of " + length + " bytes for a blob of " + blob.size());
            }
            skip(answer, in, position);
        } else {
            throw caller.failure(answer, access);
        }
        response = answer;
        body = in;
    }

    /** For registries that send everything when asked for the rest. */
    private void skip(Response answer, InputStream in, long bytes) throws IOException {
        try {
            in.skipNBytes(bytes);
        } catch (IOException e) {
            answer.close();
            throw caller.transport().failure("GET", url, e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        while (!verified) {
            try {
                if (body == null) {
                    connect();
                }
                int n = readBody(into, offset, length);
                if (n >= 0) {
                    return n;
                }
                verify();
            } catch (RegistryException e) {
                disconnect();
                retry.pauseAfter(e);
            }
        }
        return -1;
    }

    private int readBody(byte[] into, int offset, int length) throws IOException {
        int n;
        try {
            n = Objects.requireNonNull(body).read(into, offset, length);
        } catch (IOException e) {
            throw caller.transport().failure("GET", url, e);
        }
        if (n > 0) {
            if (position + n > blob.size()) {
                throw new RegistryException.Protocol(
                        "GET", url, 200, "more bytes came than the " + blob.size() + " of the blob");
            }
            hasher.update(into, offset, n);
            position += n;
            retry.progressed();
        }
        return n;
    }

    private void verify() throws IOException {
        if (position < blob.size()) {
            throw new RegistryException.Truncated(
                    "GET", url, 200, "the answer ended at byte " + position + " of " + blob.size(), true);
        }
        disconnect();
        Digest found = Digest.ofHash(blob.digest().algorithm(), hasher.digest());
        if (!found.equals(blob.digest())) {
            throw new RegistryException.DigestMismatch("GET", url, blob.digest(), found);
        }
        verified = true;
    }

    private void disconnect() {
        if (response != null) {
            response.close();
        }
        response = null;
        body = null;
    }

    @Override
    public void close() {
        disconnect();
    }
}
