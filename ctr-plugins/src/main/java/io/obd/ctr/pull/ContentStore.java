package io.obd.ctr.pull;

import com.google.protobuf.FieldMask;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.obd.containerd.content.v1.AbortRequest;
import io.obd.containerd.content.v1.ContentGrpc;
import io.obd.containerd.content.v1.ContentGrpc.ContentBlockingV2Stub;
import io.obd.containerd.content.v1.Info;
import io.obd.containerd.content.v1.InfoRequest;
import io.obd.containerd.content.v1.ReadContentRequest;
import io.obd.containerd.content.v1.ReadContentResponse;
import io.obd.containerd.content.v1.StatusRequest;
import io.obd.containerd.content.v1.UpdateRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** containerd's content store. */
final class ContentStore {
    /** How long another writer of the same blob may stand still before we give up waiting for it. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration POLL = Duration.ofMillis(100);

    private final ContentBlockingV2Stub content;

    ContentStore(Channel channel) {
        this.content = ContentGrpc.newBlockingV2Stub(channel);
    }

    /**
     * Begins to write a blob, or goes on where somebody stopped. While another client writes the same blob this waits.
     *
     * @param ref name of the ingest; the same for all clients that fetch this blob
     * @return nothing if the blob is in the store; it belongs to the lease now
     */
    Optional<Ingest> begin(String ref, String digest, long size) throws ContainerdException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long seen = -1;
        while (true) {
            try {
                return Optional.of(Ingest.open(content, ref, digest, size));
            } catch (StatusException e) {
                if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
                    return Optional.empty();
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
                                    "end that client, then pull again");
                }
                Thread.sleep(POLL);
            }
        }
    }

    /** A whole blob of at most {@code size} bytes. */
    byte[] read(String digest, long size) throws ContainerdException, InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BlockingClientCall<?, ReadContentResponse> call = content.read(
                ReadContentRequest.newBuilder().setDigest(digest).setSize(size).build());
        try {
            ReadContentResponse part;
            while ((part = call.read()) != null) {
                part.getData().writeTo(bytes);
            }
        } catch (StatusException e) {
            throw ContainerdException.of("read " + digest + " from the content store", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a byte array does not fail
        }
        return bytes.toByteArray();
    }

    /** The labels of a blob. */
    Map<String, String> labels(String digest) throws ContainerdException {
        try {
            return content.info(InfoRequest.newBuilder().setDigest(digest).build())
                    .getInfo()
                    .getLabelsMap();
        } catch (StatusException e) {
            throw ContainerdException.of("look up " + digest + " in the content store", e);
        }
    }

    /** Sets labels of a blob; others stay. */
    void label(String digest, Map<String, String> labels) throws ContainerdException {
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
    void abort(String ref) throws ContainerdException {
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
