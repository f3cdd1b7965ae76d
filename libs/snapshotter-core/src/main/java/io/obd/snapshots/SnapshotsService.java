package io.obd.snapshots;

import com.google.protobuf.Empty;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.EncodedMessages;
import io.obd.containerd.snapshots.v1.CleanupRequest;
import io.obd.containerd.snapshots.v1.CommitSnapshotRequest;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.ListSnapshotsRequest;
import io.obd.containerd.snapshots.v1.MountsRequest;
import io.obd.containerd.snapshots.v1.MountsResponse;
import io.obd.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.obd.containerd.snapshots.v1.PrepareSnapshotResponse;
import io.obd.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.containerd.snapshots.v1.UpdateSnapshotRequest;
import io.obd.containerd.snapshots.v1.UsageRequest;
import io.obd.containerd.snapshots.v1.UsageResponse;
import io.obd.containerd.snapshots.v1.ViewSnapshotRequest;
import io.obd.containerd.snapshots.v1.ViewSnapshotResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * containerd's snapshots service: a {@link Snapshotter} on the wire. Logs one line per call.
 *
 * <p>What is answered from memory is answered on the thread that brings the call, which may be the one that serves the
 * socket; everything else goes to a thread of its own.
 */
public final class SnapshotsService implements SnapshotsGrpc.AsyncService, BindableService {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotsService.class);

    /** What answers with snapshots, which are encoded here. */
    private static final Set<MethodDescriptor<?, ?>> ENCODED =
            Set.of(SnapshotsGrpc.getStatMethod(), SnapshotsGrpc.getUpdateMethod(), SnapshotsGrpc.getListMethod());

    /** How long a caller who asked for a list may read nothing of it. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Snapshotter snapshotter;
    private final CallObserver observer;
    private final BlockingCalls blocking;
    private final EncodedLists lists = new EncodedLists();

    public SnapshotsService(Snapshotter snapshotter, CallObserver observer, BlockingCalls blocking) {
        this.snapshotter = snapshotter;
        this.observer = observer;
        this.blocking = blocking;
    }

    @Override
    public ServerServiceDefinition bindService() {
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(SnapshotsGrpc.SERVICE_NAME);
        for (ServerMethodDefinition<?, ?> method :
                SnapshotsGrpc.bindService(this).getMethods()) {
            if (!ENCODED.contains(method.getMethodDescriptor())) {
                service.addMethod(method);
            }
        }
        return service.addMethod(encoded(SnapshotsGrpc.getStatMethod()), ServerCalls.asyncUnaryCall(this::statEncoded))
                .addMethod(encoded(SnapshotsGrpc.getUpdateMethod()), ServerCalls.asyncUnaryCall(this::updateEncoded))
                .addMethod(
                        encoded(SnapshotsGrpc.getListMethod()), ServerCalls.asyncServerStreamingCall(this::listEncoded))
                .build();
    }

    private static <T> MethodDescriptor<T, byte[]> encoded(MethodDescriptor<T, ?> method) {
        return method.toBuilder(method.getRequestMarshaller(), new EncodedMessages())
                .build();
    }

    @Override
    public void prepare(PrepareSnapshotRequest request, StreamObserver<PrepareSnapshotResponse> answer) {
        work(
                "Prepare",
                request.getKey(),
                answer,
                () -> PrepareSnapshotResponse.newBuilder()
                        .addAllMounts(mounts(
                                snapshotter.prepare(request.getKey(), request.getParent(), request.getLabelsMap())))
                        .build());
    }

    @Override
    public void view(ViewSnapshotRequest request, StreamObserver<ViewSnapshotResponse> answer) {
        work(
                "View",
                request.getKey(),
                answer,
                () -> ViewSnapshotResponse.newBuilder()
                        .addAllMounts(
                                mounts(snapshotter.view(request.getKey(), request.getParent(), request.getLabelsMap())))
                        .build());
    }

    @Override
    public void mounts(MountsRequest request, StreamObserver<MountsResponse> answer) {
        String key = request.getKey();
        if (snapshotter.needsProvider(key)) {
            work("Mounts", key, answer, () -> mountsResponse(snapshotter.mounts(key)));
        } else {
            answer("Mounts", key, answer, () -> mountsResponse(snapshotter.ordinaryMounts(key)));
        }
    }

    private static MountsResponse mountsResponse(List<Mount> mounts) {
        return MountsResponse.newBuilder().addAllMounts(mounts(mounts)).build();
    }

    @Override
    public void commit(CommitSnapshotRequest request, StreamObserver<Empty> answer) {
        work("Commit", request.getKey(), answer, () -> {
            snapshotter.commit(request.getName(), request.getKey(), request.getLabelsMap(), request.getParent());
            return Empty.getDefaultInstance();
        });
    }

    @Override
    public void remove(RemoveSnapshotRequest request, StreamObserver<Empty> answer) {
        work("Remove", request.getKey(), answer, () -> {
            snapshotter.remove(request.getKey());
            return Empty.getDefaultInstance();
        });
    }

    private void statEncoded(StatSnapshotRequest request, StreamObserver<byte[]> answer) {
        String key = request.getKey();
        answer("Stat", key, answer, () -> InfoMessage.encode(snapshotter.stat(key)));
    }

    private void updateEncoded(UpdateSnapshotRequest request, StreamObserver<byte[]> answer) {
        Info info = request.getInfo();
        work("Update", info.getName(), answer, () -> {
            Snapshot updated = snapshotter.update(
                    info.getName(), info.getLabelsMap(), request.getUpdateMask().getPathsList());
            return InfoMessage.encode(updated);
        });
    }

    private void listEncoded(ListSnapshotsRequest request, StreamObserver<byte[]> answer) {
        PacedAnswer paced = new PacedAnswer((ServerCallStreamObserver<byte[]>) answer, PATIENCE);
        blocking.start(() -> walk(request.getFiltersList(), paced));
    }

    private void walk(List<String> filters, PacedAnswer answer) {
        long start = System.nanoTime();
        EncodedLists.Walk walk = lists.walk();
        try {
            snapshotter.walk(filters, page -> answer.send(walk.page(page)));
        } catch (IOException | RuntimeException | Error e) { // the edge of the thread
            ended("Walk", start, true);
            answer.fail(status("Walk", String.join(" ", filters), e).asRuntimeException());
            return;
        }
        if (filters.isEmpty()) {
            walk.hadAll();
        }
        ended("Walk", start, false);
        answer.end();
    }

    @Override
    public void usage(UsageRequest request, StreamObserver<UsageResponse> answer) {
        work("Usage", request.getKey(), answer, () -> {
            Usage usage = snapshotter.usage(request.getKey());
            return UsageResponse.newBuilder()
                    .setSize(usage.size())
                    .setInodes(usage.inodes())
                    .build();
        });
    }

    @Override
    public void cleanup(CleanupRequest request, StreamObserver<Empty> answer) {
        work("Cleanup", "", answer, () -> {
            snapshotter.cleanup();
            return Empty.getDefaultInstance();
        });
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    private <T> void work(String name, String key, StreamObserver<T> answer, Call<T> call) {
        toleratesCancellation(answer);
        blocking.start(() -> answer(name, key, answer, call));
    }

    /** A call whose caller has gone away is still done to its end; nobody reads the answer. */
    private static void toleratesCancellation(StreamObserver<?> answer) {
        ((ServerCallStreamObserver<?>) answer).setOnCancelHandler(() -> {});
    }

    private <T> void answer(String name, String key, StreamObserver<T> answer, Call<T> call) {
        long start = System.nanoTime();
        T result;
        try {
            result = call.run();
        } catch (IOException | RuntimeException | Error e) { // the edge of the thread
            ended(name, start, !isNews(name, e));
            answer.onError(status(name, key, e).asRuntimeException());
            return;
        }
        ended(name, start, false);
        LOG.debug("{} {}: {} us", name, key, (System.nanoTime() - start) / 1000);
        answer.onNext(result);
        answer.onCompleted();
    }

    private void ended(String name, long start, boolean failed) {
        observer.called(name, Duration.ofNanos(System.nanoTime() - start), failed);
    }

    /** To Prepare, the answer that the layer exists already is the good one. */
    private static boolean isNews(String name, Throwable e) {
        return name.equals("Prepare")
                && e instanceof SnapshotException refused
                && refused.code() == SnapshotException.Code.ALREADY_EXISTS;
    }

    /** The one place where failures become status codes. */
    private static Status status(String name, String key, Throwable failure) {
        if (failure instanceof SnapshotException refused) {
            if (refused.code() == SnapshotException.Code.UNAVAILABLE) {
                LOG.error("{} {}: {}", name, key, refused.getMessage());
            } else {
                LOG.info("{} {}: {}", name, key, refused.getMessage());
            }
            Status status =
                    switch (refused.code()) {
                        case NOT_FOUND -> Status.NOT_FOUND;
                        case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
                        case INVALID_ARGUMENT -> Status.INVALID_ARGUMENT;
                        case FAILED_PRECONDITION -> Status.FAILED_PRECONDITION;
                        case UNIMPLEMENTED -> Status.UNIMPLEMENTED;
                        case UNAVAILABLE -> Status.UNAVAILABLE;
                    };
            return status.withDescription(refused.getMessage());
        }
        if (failure instanceof IOException) {
            LOG.error("{} {}: {}", name, key, failure.toString());
            return Status.UNKNOWN.withDescription(failure.getMessage());
        }
        LOG.error("{} {}", name, key, failure);
        return Status.INTERNAL.withDescription(name + " failed, this is a defect of the snapshotter: " + failure);
    }

    private static List<io.obd.containerd.types.Mount> mounts(List<Mount> mounts) {
        return mounts.stream()
                .map(mount -> io.obd.containerd.types.Mount.newBuilder()
                        .setType(mount.type())
                        .setSource(mount.source())
                        .addAllOptions(mount.options())
                        .build())
                .toList();
    }
}
