package io.obd.registry;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A blob at one host. Where the host redirects to (an object store, say) is remembered and asked directly until it
 * fails in whatever way; then the host is asked again, which may lead elsewhere by now.
 */
final class BlobSource implements Candidate {
    private static final Logger log = LoggerFactory.getLogger(BlobSource.class);

    private final Endpoint host;
    private final Access access;
    private final HttpUrl url;
    private final Avoidance avoidance = new Avoidance();
    private final @Nullable P2pAgent agent;
    private volatile @Nullable HttpUrl redirected;
    private volatile boolean found;

    /** What is done with an answer. */
    private interface Use<T> {
        T of(Response response) throws IOException;
    }

    BlobSource(Endpoint host, Access access, String path) {
        this(host, access, host.caller().url(path), null);
    }

    private BlobSource(Endpoint host, Access access, HttpUrl url, @Nullable P2pAgent agent) {
        this.host = host;
        this.access = access;
        this.url = url;
        this.agent = agent;
    }

    /** The same blob, whose bytes an agent is asked for first. */
    BlobSource through(P2pAgent other) {
        return new BlobSource(host, access, url, other);
    }

    HttpUrl url() {
        return url;
    }

    @Override
    public boolean isAvoided() {
        return avoidance.isOn() || host.isAvoided();
    }

    @Override
    public void failed(RegistryException failure) {
        host.failed(failure);
        avoidance.begin();
    }

    /** Length of the blob in bytes. */
    long askSize(Deadline deadline) throws IOException {
        return ask(0, 0, deadline, response -> switch (response.code()) {
            case 206 -> totalOf(response);
            case 200 -> lengthOf(response);
            default -> {
                if (response.code() == 416 && ContentRange.totalOfRefusal(response) == 0) {
                    yield 0L;
                }
                throw host.caller().failure(response, access);
            }
        });
    }

    /** Whether a part of the blob can be had; the blob is not empty. */
    boolean servesRanges(Deadline deadline) throws IOException {
        return ask(0, 0, deadline, response -> switch (response.code()) {
            case 206 -> true;
            case 200 -> {
                Failures.refusePage(response, "the blob");
                yield false;
            }
            default -> throw host.caller().failure(response, access);
        });
    }

    private static long totalOf(Response response) throws IOException {
        return ContentRange.of(response)
                .filter(range -> range.first() == 0 && range.last() == 0)
                .orElseThrow(() ->
                        Failures.protocol(response, "Content-Range is \"" + response.header("Content-Range") + "\""))
                .total();
    }

    private static long lengthOf(Response response) throws IOException {
        Failures.refusePage(response, "the blob");
        long length = response.body().contentLength();
        if (length < 0) {
            throw Failures.protocol(response, "the answer does not say how long the blob is");
        }
        return length;
    }

    /**
     * Fills {@code dst} with the bytes from {@code offset} on, of a blob of {@code size} bytes.
     *
     * @return whether the host sent all of the blob although a part was wanted
     */
    boolean read(long offset, ByteBuffer dst, long size, Deadline deadline) throws IOException {
        long last = offset + dst.remaining() - 1;
        if (agent != null && !agent.isAvoided() && fillFromAgent(agent, offset, last, dst, size, deadline.share(2))) {
            return false;
        }
        return fetch(offset, last, dst, size, deadline);
    }

    /**
     * Fills {@code dst} from what an agent answers.
     *
     * @return false if it failed, and is left alone for a while
     * @throws RegistryException if the registry does not say where the blob is, which is no fault of the agent
     */
    private boolean fillFromAgent(P2pAgent asked, long offset, long last, ByteBuffer dst, long size, Deadline deadline)
            throws IOException {
        boolean known = found;
        Request request = requestForAgent(offset, last, deadline);
        int start = dst.position();
        try (Response response = asked.send(request, deadline)) {
            if (!known || isGood(response)) {
                fill(offset, last, dst, size, response);
                return true;
            }
        } catch (RegistryException e) {
            log.warn("{} is left alone for a while: {}", asked, e.getMessage());
            asked.avoid();
            dst.position(start);
            return false;
        }
        found = false; // the place may be another one by now
        return fillFromAgent(asked, offset, last, dst, size, deadline);
    }

    private boolean fetch(long offset, long last, ByteBuffer dst, long size, Deadline deadline) throws IOException {
        int start = dst.position();
        return ask(offset, last, deadline, response -> {
            dst.position(start);
            fill(offset, last, dst, size, response);
            return response.code() == 200 && last - offset + 1 < size;
        });
    }

    /** What came from the agent was wrong: returns whether the next bytes come from elsewhere. */
    boolean leaveAgent() {
        if (agent == null || agent.isAvoided()) {
            return false;
        }
        log.warn("{} is left alone for a while: what it has of {} is damaged", agent, RegistryException.redact(url));
        agent.avoid();
        return true;
    }

    /**
     * The host is good for nothing here: returns whether it is asked after the others from now on.
     *
     * @param reason for the log
     */
    boolean leave(String reason) {
        if (avoidance.isOn()) {
            return false;
        }
        log.warn("{} is asked last for a while: {}", RegistryException.redact(url), reason);
        avoidance.begin();
        return true;
    }

    /** An agent looks where we would, once we know where that is, and shows what we would. */
    private Request requestForAgent(long first, long last, Deadline deadline) throws IOException {
        if (!found) {
            found = ask(first, first, deadline, response -> {
                if (!isGood(response)) {
                    throw host.caller().failure(response, access);
                }
                return true;
            });
        }
        HttpUrl elsewhere = redirected;
        HttpUrl target = elsewhere == null ? url : elsewhere;
        Request.Builder request = rangeRequest(target, first, last).newBuilder();
        host.caller()
                .authorization(target, access, deadline)
                .ifPresent(value -> request.header("Authorization", value));
        return request.build();
    }

    /** Fills {@code dst} from an answer, which is closed. */
    private void fill(long offset, long last, ByteBuffer dst, long size, Response answer) throws IOException {
        try (Response response = answer) {
            boolean whole = response.code() == 200;
            if (whole) {
                requireWholeBlob(response, size);
            } else if (response.code() == 206) {
                ContentRange.require(response, offset, last, size);
            } else if (response.code() == 416) {
                throw new RegistryException.Truncated(
                        "GET",
                        response.request().url(),
                        416,
                        "416, the registry's blob has no bytes " + offset + "-" + last + " of " + size,
                        false);
            } else {
                throw host.caller().failure(response, access);
            }
            BufferedSource source = response.body().source();
            try {
                source.skip(whole ? offset : 0);
                while (dst.hasRemaining()) {
                    if (source.read(dst) < 0) {
                        throw new EOFException();
                    }
                }
                if (!whole && !source.exhausted()) {
                    throw Failures.protocol(response, "more bytes came than were asked for");
                }
            } catch (EOFException e) {
                throw new RegistryException.Truncated(
                        "GET",
                        response.request().url(),
                        response.code(),
                        "the answer ended " + dst.remaining() + " bytes early, in bytes " + offset + "-" + last,
                        true);
            } catch (IOException e) {
                throw host.caller()
                        .transport()
                        .failure("GET", response.request().url(), e);
            }
        }
    }

    private static void requireWholeBlob(Response response, long size) throws IOException {
        long length = lengthOf(response);
        if (length != size) {
            throw Failures.protocol(response, "an answer of " + length + " bytes for a blob of " + size);
        }
    }

    /** Asks the place the host last led to, and the host if that has led to nothing. */
    private <T> T ask(long first, long last, Deadline deadline, Use<T> use) throws IOException {
        RegistryCaller caller = host.caller();
        HttpUrl place = redirected;
        if (place != null) {
            try (Response response = caller.send(rangeRequest(place, first, last), access, deadline)) {
                if (isGood(response)) {
                    return use.of(response);
                }
                log.debug("{} answers {}: asking {}", RegistryException.redact(place), response.code(), url);
            } catch (RegistryException e) {
                if (!deadline.left().isPositive()) {
                    redirected = null;
                    throw e;
                }
                log.debug("asking {}: {}", url, e.getMessage());
            }
            redirected = null;
        }
        try (Response response = caller.sendFollowing(rangeRequest(url, first, last), access, deadline)) {
            HttpUrl answered = response.request().url();
            if (isGood(response) && !answered.equals(url)) {
                redirected = answered;
            }
            return use.of(response);
        }
    }

    private static boolean isGood(Response response) {
        return response.code() == 206 || response.code() == 200;
    }

    private static Request rangeRequest(HttpUrl target, long first, long last) {
        return new Request.Builder()
                .url(target)
                .header("Range", "bytes=" + first + "-" + last)
                .header("Accept-Encoding", "identity")
                .build();
    }
}
