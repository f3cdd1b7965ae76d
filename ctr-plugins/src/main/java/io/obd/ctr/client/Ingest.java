package io.obd.ctr.client;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.obd.containerd.content.v1.ContentGrpc.ContentBlockingV2Stub;
import io.obd.containerd.content.v1.WriteAction;
import io.obd.containerd.content.v1.WriteContentRequest;
import io.obd.containerd.content.v1.WriteContentResponse;
import java.util.Map;

/**
 * A blob on its way into the content store. It is held by one writer at a time; what was written stays when the writer
 * goes away, and the next one goes on from there.
 */
public final class Ingest implements AutoCloseable {
    private final BlockingClientCall<WriteContentRequest, WriteContentResponse> call;
    private final String ref;
    private final String digest;
    private final long total;
    private long offset;
    private boolean committed;

    private Ingest(
            BlockingClientCall<WriteContentRequest, WriteContentResponse> call, String ref, String digest, long total) {
        this.call = call;
        this.ref = ref;
        this.digest = digest;
        this.total = total;
    }

    /**
     * Takes the ingest {@code ref} for a blob of {@code total} bytes.
     *
     * @throws StatusException ALREADY_EXISTS if the blob is in the store; UNAVAILABLE while another writer holds the ingest
     */
    public static Ingest open(ContentBlockingV2Stub content, String ref, String digest, long total)
            throws StatusException, InterruptedException {
        Ingest ingest = new Ingest(content.write(), ref, digest, total);
        try {
            ingest.offset = ingest.exchange(ingest.request(WriteAction.STAT).build());
        } catch (StatusException | InterruptedException e) {
            ingest.close();
            throw e;
        }
        return ingest;
    }

    /** Bytes that are there. */
    public long offset() {
        return offset;
    }

    /** Throws away what is there. */
    public void restart() {
        offset = 0;
    }

    /**
     * Appends {@code length} bytes of {@code data}, which may be used again afterwards.
     *
     * @throws ContainerdException ALREADY_EXISTS if another client has put the blob into the store meanwhile
     */
    public void append(byte[] data, int length) throws ContainerdException, InterruptedException {
        WriteContentRequest request = request(WriteAction.WRITE)
                .setOffset(offset)
                .setData(UnsafeByteOperations.unsafeWrap(data, 0, length))
                .build();
        try {
            long now = exchange(request);
            if (now != offset + length) {
                throw Status.DATA_LOSS
                        .withDescription("byte " + (offset + length) + " was expected to be next, not " + now)
                        .asException();
            }
            offset = now;
        } catch (StatusException e) {
            throw ContainerdException.of("write " + ref + " to the content store", e);
        }
    }

    /**
     * Checks size and digest and puts the blob into the store under {@code labels}.
     *
     * @throws ContainerdException ALREADY_EXISTS if another client has put it there meanwhile
     */
    public void commit(Map<String, String> labels) throws ContainerdException, InterruptedException {
        WriteContentRequest request = request(WriteAction.COMMIT)
                .setOffset(offset)
                .putAllLabels(labels)
                .build();
        try {
            exchange(request);
            committed = true;
        } catch (StatusException e) {
            throw ContainerdException.of("commit " + ref + " to the content store", e);
        }
    }

    @Override
    public void close() {
        if (committed) {
            call.halfClose();
        } else {
            call.cancel("broken off", null);
        }
    }

    private WriteContentRequest.Builder request(WriteAction action) {
        return WriteContentRequest.newBuilder()
                .setAction(action)
                .setRef(ref)
                .setTotal(total)
                .setExpected(digest);
    }

    /** @return how many bytes the store has now */
    private long exchange(WriteContentRequest request) throws StatusException, InterruptedException {
        call.write(request);
        WriteContentResponse response = call.read();
        if (response == null) {
            throw Status.UNKNOWN
                    .withDescription("the stream ended without an answer")
                    .asException();
        }
        return response.getOffset();
    }
}
