package io.obd.registry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A blob in a registry, read in ranges from the first of the registry's hosts that can serve it. One that could not is
 * asked last for a while. May be used by many threads.
 *
 * <p>The content is not checked against the digest: that needs all of it. What is checked is that the bytes are those
 * of the range.
 */
public final class RemoteBlob {
    static final long UNKNOWN_SIZE = -1;

    private final Endpoints endpoints;
    private final List<BlobSource> sources;
    private volatile long size;
    private volatile @Nullable BlobSource served;

    RemoteBlob(Endpoints endpoints, List<BlobSource> sources, long size) {
        this.endpoints = endpoints;
        this.sources = sources;
        this.size = size;
    }

    /** The same blob, whose bytes an agent is asked for first. */
    public RemoteBlob through(P2pAgent agent) {
        List<BlobSource> through =
                sources.stream().map(source -> source.through(agent)).toList();
        return new RemoteBlob(endpoints, through, size);
    }

    /** Length in bytes. Asks the registry if it is not known yet. */
    public long size() throws IOException {
        if (size == UNKNOWN_SIZE) {
            Deadline deadline = endpoints.deadline();
            size = endpoints.retry(deadline).run(() -> Round.run(sources, deadline, BlobSource::askSize));
        }
        return size;
    }

    /** Asks whether ranges are answered with themselves and not with the whole blob. That must not be empty. */
    public boolean servesRanges() throws IOException {
        Deadline deadline = endpoints.deadline();
        return endpoints.retry(deadline).run(() -> Round.run(sources, deadline, BlobSource::servesRanges));
    }

    /**
     * Fills {@code dst} with the bytes from {@code offset} on.
     *
     * @throws RegistryException if they cannot be had; what {@code dst} holds is undefined then, its position is as
     *     before
     * @throws IndexOutOfBoundsException if the range is not within the blob
     */
    public void read(long offset, ByteBuffer dst) throws IOException {
        int length = dst.remaining();
        long end = size();
        if (offset < 0 || offset > end || length > end - offset) {
            throw new IndexOutOfBoundsException(
                    name() + ": " + length + " bytes at " + offset + " of a blob of " + end);
        }
        if (length == 0) {
            return;
        }
        int start = dst.position();
        Deadline deadline = endpoints.deadline();
        endpoints
                .retry(deadline)
                .run(() -> Round.run(sources, deadline, (source, until) -> {
                    dst.position(start);
                    boolean all = source.read(offset, dst, end, until);
                    served = source;
                    if (all && source != sources.getLast()) {
                        source.leave("it sends the whole blob to who wants a part of it");
                    }
                    return dst;
                }));
    }

    /**
     * Bytes of it were found to be damaged. An agent that may have given them is left alone for a while, or else a mirror.
     *
     * @return whether the next bytes come from elsewhere
     */
    public boolean distrust() {
        return sources.stream().filter(BlobSource::leaveAgent).count() > 0 || leaveMirror();
    }

    private boolean leaveMirror() {
        BlobSource last = served;
        return last != null && last != sources.getLast() && last.leave("what it gave is damaged");
    }

    /** URL at the registry itself, without secrets. */
    public String name() {
        return RegistryException.redact(sources.getLast().url());
    }
}
