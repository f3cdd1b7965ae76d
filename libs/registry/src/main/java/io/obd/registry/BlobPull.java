package io.obd.registry;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** A blob as it arrives: checked, and taken up again where a broken connection left it. */
final class BlobPull extends InputStream {
    private final List<Endpoint> hosts;
    private final Access access;
    private final String path;
    private final Descriptor blob;
    private final MessageDigest hasher;
    private final Retry retry;
    private @Nullable Endpoint host;
    private @Nullable Response response;
    private @Nullable InputStream body;
    private long position;
    private boolean verified;

    private BlobPull(List<Endpoint> hosts, Access access, String path, Descriptor blob, Retry retry) {
        this.hosts = hosts;
        this.access = access;
        this.path = path;
        this.blob = blob;
        this.hasher = blob.digest().hasher();
        this.retry = retry;
    }

    /** Returns when one of the registry's hosts has begun to answer. */
    static BlobPull start(Endpoints endpoints, Access access, String path, Descriptor blob) throws IOException {
        BlobPull pull =
                new BlobPull(endpoints.capableOf(Endpoints.PULL), access, path, blob, endpoints.retry(Deadline.none()));
        pull.retry.run(() -> {
            pull.connect();
            return pull;
        });
        return pull;
    }

    private void connect() throws IOException {
        host = Round.run(hosts, Deadline.none(), this::connectTo);
    }

    private Endpoint connectTo(Endpoint to, Deadline deadline) throws IOException {
        RegistryCaller caller = to.caller();
        Request.Builder request = new Request.Builder().url(caller.url(path)).header("Accept-Encoding", "identity");
        if (position > 0) {
            request.header("Range", "bytes=" + position + "-");
        }
        Response answer = caller.sendFollowing(request.build(), access, deadline);
        InputStream in = answer.body().byteStream();
        if (position > 0 && answer.code() == 206) {
            ContentRange.require(answer, position, blob.size() - 1, blob.size());
        } else if (answer.code() == 200) {
            long length = answer.body().contentLength();
            if (length >= 0 && length != blob.size()) {
                throw Failures.protocol(answer, "an answer of " + length + " bytes for a blob of " + blob.size());
            }
            skip(caller, answer, in);
        } else {
            throw caller.failure(answer, access);
        }
        response = answer;
        body = in;
        return to;
    }

    /** For registries that send everything when asked for the rest. */
    private void skip(RegistryCaller caller, Response answer, InputStream in) throws IOException {
        try {
            in.skipNBytes(position);
        } catch (IOException e) {
            answer.close();
            throw caller.transport().failure("GET", caller.url(path), e);
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
                if (host != null) {
                    host.failed(e);
                }
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
            if (position == blob.size()) {
                return -1; // how an answer ends of which everything has come is of no importance
            }
            throw Objects.requireNonNull(host).caller().transport().failure("GET", url(), e);
        }
        if (n > 0) {
            if (position + n > blob.size()) {
                throw new RegistryException.Protocol(
                        "GET", url(), 200, "more bytes came than the " + blob.size() + " of the blob");
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
                    "GET", url(), 200, "the answer ended at byte " + position + " of " + blob.size(), true);
        }
        Digest found = Digest.ofHash(blob.digest().algorithm(), hasher.digest());
        if (!found.equals(blob.digest())) {
            throw new RegistryException.DigestMismatch("GET", url(), blob.digest(), found);
        }
        disconnect();
        verified = true;
    }

    private HttpUrl url() {
        return Objects.requireNonNull(host).caller().url(path);
    }

    private void disconnect() {
        if (response != null) {
            response.close();
        }
        response = null;
        body = null;
        host = null;
    }

    @Override
    public void close() {
        disconnect();
    }
}
