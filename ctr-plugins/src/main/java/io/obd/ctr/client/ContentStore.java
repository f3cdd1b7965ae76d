package io.obd.ctr.client;

import com.google.protobuf.FieldMask;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.obd.containerd.content.v1.AbortRequest;
import io.obd.containerd.content.v1.ContentGrpc;
import io.obd.containerd.content.v1.ContentGrpc.ContentBlockingV2Stub;
import io.obd.containerd.content.v1.Info;
import io.obd.containerd.content.v1.InfoRequest;
import io.obd.containerd.content.v1.ReadContentRequest;
import io.obd.containerd.content.v1.StatusRequest;
import io.obd.containerd.content.v1.UpdateRequest;
import io.obd.registry.Descriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** containerd's content store. */
public final class ContentStore {
    /** How long another writer of the same blob may stand still before we give up waiting for it. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final int CHUNK = 1 << 20;

    private final ContentBlockingV2Stub content;

    /** @param channel calls are made on it, under its lease if it has one */
    public ContentStore(Channel channel) {
        this.content = ContentGrpc.newBlockingV2Stub(channel);
    }

    /**
     * Writes a blob and commits it.
     *
     * @param <T> what is known of the blob then
     */
    public interface Writing<T> {

        /** @param ingest may have bytes that another client wrote; those are gone on from, or thrown away */
        T to(Ingest ingest) throws IOException, InterruptedException;
    }

    /**
     * Writes a blob unless the store has it. While another client writes the same blob this waits.
     *
     * @param ref name of the ingest; the same for all clients that fetch this blob
     * @return nothing if the blob was in the store, or another client was faster; it belongs to the lease now
     */
    public <T> Optional<T> write(String ref, String digest, long size, Writing<T> writing)
            throws IOException, InterruptedException {
        while (true) {
            Optional<Ingest> begun = begin(ref, digest, size);
            if (begun.isEmpty()) {
                return Optional.empty();
            }
            try (Ingest ingest = begun.get()) {
                return Optional.of(writing.to(ingest));
            } catch (ContainerdException e) {
                // The blob of another client is as good. It is asked for again, as it is not in our lease yet.
                if (e.code() != Status.Code.ALREADY_EXISTS) {
                    throw e;
                }
            }
        }
    }

    /** Begins to write a blob, or goes on where somebody stopped; empty if it is in the store and in the lease. */
    private Optional<Ingest> begin(String ref, String digest, long size)
            throws ContainerdException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long seen = -1;
        boolean exists = false;
        while (true) {
            try {
                return Optional.of(Ingest.open(content, ref, digest, size));
            } catch (StatusException e) {
                if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
                    if (exists) {
                        return Optional.empty();
                    }
                    // If it came while containerd opened the ingest the lease has it only when it is asked for again.
                    exists = true;
                    continue;
                }
                if (!isLocked(e.getStatus())) {
                    throw ContainerdException.of("begin to write " + ref, e);
                }
                long written = progress(ref);
                if (written != seen) {
                    seen = written;
                    deadline = System.nanoTime() + PATIENCE.toNanos();
                } else if (System.nanoTime() - deadline > 0) {
                    throw ContainerdException.of("begin to write " + ref, e)
                            .as(
                                    "another client has been writing " + ref
                                            + " to containerd's content store and made no" + " progress for "
                                            + PATIENCE.toSeconds() + " s",
                                    "end that client, then try again");
                }
                Thread.sleep(POLL);
            }
        }
    }

    /** A whole blob of at most {@code size} bytes. */
    public byte[] read(String digest, long size) throws IOException {
        try (InputStream blob = open(digest)) {
            return blob.readNBytes((int) Math.min(size, Integer.MAX_VALUE));
        }
    }

    /** A blob from its beginning to its end. The store has checked its digest when it was written. */
    public InputStream open(String digest) {
        ReadContentRequest request =
                ReadContentRequest.newBuilder().setDigest(digest).build();
        return new BlobStream(content.read(request), digest);
    }

    /**
     * Writes a document unless the store has it. Its labels are set in any case.
     *
     * @param kind first part of the ingest's name, as in {@code config}
     */
    public void write(String kind, Descriptor blob, byte[] bytes, Map<String, String> labels) throws IOException {
        write(kind, blob, new ByteArrayInputStream(bytes), labels, sent -> {});
    }

    /**
     * Writes a blob unless the store has it. Its labels are set in any case.
     *
     * @param kind first part of the ingest's name, as in {@code layer}
     * @param sent told how many bytes are written; what it throws ends the writing
     * @return whether it was there already
     */
    public boolean write(String kind, Descriptor blob, InputStream bytes, Map<String, String> labels, LongConsumer sent)
            throws IOException {
        String digest = blob.digest().toString();
        String ref = kind + "-" + digest;
        try {
            Optional<Descriptor> written = write(ref, digest, blob.size(), ingest -> {
                ingest.restart();
                byte[] chunk = new byte[CHUNK];
                int n;
                while ((n = bytes.readNBytes(chunk, 0, CHUNK)) > 0) {
                    ingest.append(chunk, n);
                    sent.accept(ingest.offset());
                }
                ingest.commit(labels);
                return blob;
            });
            if (written.isEmpty() && !labels.isEmpty()) {
                label(digest, labels);
            }
            return written.isEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + ref + " was written to the content store");
        }
    }

    /** The labels of a blob. */
    public Map<String, String> labels(String digest) throws ContainerdException {
        try {
            return content.info(InfoRequest.newBuilder().setDigest(digest).build())
                    .getInfo()
                    .getLabelsMap();
        } catch (StatusException e) {
            throw ContainerdException.of("look up " + digest + " in the content store", e);
        }
    }

    /** Sets labels of a blob; others stay. */
    public void label(String digest, Map<String, String> labels) throws ContainerdException {
        FieldMask.Builder fields = FieldMask.newBuilder();
        labels.keySet().forEach(key -> fields.addPaths("labels." + key));
        UpdateRequest request = UpdateRequest.newBuilder()
                .setInfo(Info.newBuilder().setDigest(digest).putAllLabels(labels))
                .setUpdateMask(fields)
                .build();
        try {
            content.update(request);
        } catch (StatusException e) {
            throw ContainerdException.of("label " + digest + " in the content store", e);
        }
    }

    /** Throws away what an ingest has. */
    public void abort(String ref) throws ContainerdException {
        try {
            content.withDeadlineAfter(Cleanup.SECONDS, TimeUnit.SECONDS)
                    .abort(AbortRequest.newBuilder().setRef(ref).build());
        } catch (StatusException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw ContainerdException.of("abort " + ref, e);
            }
        }
    }

    private long progress(String ref) throws ContainerdException {
        try {
            return content.status(StatusRequest.newBuilder().setRef(ref).build())
                    .getStatus()
                    .getOffset();
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return -1; // it has just ended
            }
            throw ContainerdException.of("see how far " + ref + " is", e);
        }
    }

    /** A stopped containerd is UNAVAILABLE as well; only the text tells them apart. */
    private static boolean isLocked(Status status) {
        String description = status.getDescription();
        return status.getCode() == Status.Code.UNAVAILABLE && description != null && description.contains("locked");
    }
}
