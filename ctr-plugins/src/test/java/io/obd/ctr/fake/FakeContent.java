package io.obd.ctr.fake;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.content.v1.AbortRequest;
import io.obd.containerd.content.v1.ContentGrpc;
import io.obd.containerd.content.v1.Info;
import io.obd.containerd.content.v1.InfoRequest;
import io.obd.containerd.content.v1.InfoResponse;
import io.obd.containerd.content.v1.ReadContentRequest;
import io.obd.containerd.content.v1.ReadContentResponse;
import io.obd.containerd.content.v1.StatusRequest;
import io.obd.containerd.content.v1.StatusResponse;
import io.obd.containerd.content.v1.UpdateRequest;
import io.obd.containerd.content.v1.UpdateResponse;
import io.obd.containerd.content.v1.WriteAction;
import io.obd.containerd.content.v1.WriteContentRequest;
import io.obd.containerd.content.v1.WriteContentResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Blobs and ingests. */
public final class FakeContent extends ContentGrpc.ContentImplBase {
    public final Map<String, ByteString> blobs = new ConcurrentHashMap<>();
    public final Map<String, Map<String, String>> labels = new ConcurrentHashMap<>();
    public final Map<String, ByteString> ingests = new ConcurrentHashMap<>();
    /** Blobs that belong to the lease of who asked for them. */
    public final Set<String> leased = ConcurrentHashMap.newKeySet();
    /** Runs before a request about an open ingest is looked at. */
    public volatile Consumer<WriteContentRequest> onWrite = request -> {};
    /** Runs when somebody asks how far an ingest is. */
    public volatile Consumer<String> onStatus = ref -> {};

    private final Set<String> locked = ConcurrentHashMap.newKeySet();

    /** Lets another client hold an ingest. */
    public void lock(String ref) {
        locked.add(ref);
    }

    /** Lets it go again. */
    public void unlock(String ref) {
        locked.remove(ref);
    }

    /** Another client puts a blob into the store, under its own lease. */
    public void commitElsewhere(String digest, ByteString blob) {
        labels.put(digest, new ConcurrentHashMap<>());
        blobs.put(digest, blob);
    }

    @Override
    public void info(InfoRequest request, StreamObserver<InfoResponse> observer) {
        if (!blobs.containsKey(request.getDigest())) {
            FakeContainerd.fail(observer, Status.NOT_FOUND, request.getDigest() + ": not found");
            return;
        }
        Info info = Info.newBuilder()
                .setDigest(request.getDigest())
                .putAllLabels(requireNonNull(labels.get(request.getDigest())))
                .build();
        FakeContainerd.answer(observer, InfoResponse.newBuilder().setInfo(info).build());
    }

    @Override
    public void update(UpdateRequest request, StreamObserver<UpdateResponse> observer) {
        Map<String, String> present = labels.get(request.getInfo().getDigest());
        if (present == null) {
            FakeContainerd.fail(observer, Status.NOT_FOUND, request.getInfo().getDigest() + ": not found");
            return;
        }
        for (String path : request.getUpdateMask().getPathsList()) {
            String key = path.substring("labels.".length());
            present.put(key, request.getInfo().getLabelsOrThrow(key));
        }
        FakeContainerd.answer(observer, UpdateResponse.getDefaultInstance());
    }

    @Override
    public void read(ReadContentRequest request, StreamObserver<ReadContentResponse> observer) {
        ByteString blob = blobs.get(request.getDigest());
        if (blob == null) {
            FakeContainerd.fail(observer, Status.NOT_FOUND, request.getDigest() + ": not found");
            return;
        }
        FakeContainerd.answer(
                observer, ReadContentResponse.newBuilder().setData(blob).build());
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
        onStatus.accept(request.getRef());
        ByteString ingest = ingests.getOrDefault(request.getRef(), ByteString.EMPTY);
        io.obd.containerd.content.v1.Status status = io.obd.containerd.content.v1.Status.newBuilder()
                .setRef(request.getRef())
                .setOffset(ingest.size())
                .build();
        FakeContainerd.answer(
                observer, StatusResponse.newBuilder().setStatus(status).build());
    }

    @Override
    public void abort(AbortRequest request, StreamObserver<Empty> observer) {
        ingests.remove(request.getRef());
        FakeContainerd.answer(observer, Empty.getDefaultInstance());
    }

    @Override
    public StreamObserver<WriteContentRequest> write(StreamObserver<WriteContentResponse> observer) {
        return new Writer(observer);
    }

    private final class Writer implements StreamObserver<WriteContentRequest> {
        private final StreamObserver<WriteContentResponse> observer;
        private String ref = "";
        private boolean ended;

        Writer(StreamObserver<WriteContentResponse> observer) {
            this.observer = observer;
        }

        @Override
        public void onNext(WriteContentRequest request) {
            if (ref.isEmpty() && !open(request)) {
                return;
            }
            onWrite.accept(request);
            if (blobs.containsKey(request.getExpected())) {
                ingests.remove(ref);
                end(Status.ALREADY_EXISTS, "blob with expected digest " + request.getExpected() + " exists");
                return;
            }
            ByteString ingest = requireNonNull(ingests.get(ref));
            if (!request.getData().isEmpty()) {
                ingest = ingest.substring(0, (int) request.getOffset()).concat(request.getData());
                ingests.put(ref, ingest);
            }
            if (request.getAction() == WriteAction.COMMIT) {
                commit(request, ingest);
                return;
            }
            observer.onNext(WriteContentResponse.newBuilder()
                    .setAction(request.getAction())
                    .setOffset(ingest.size())
                    .build());
        }

        private boolean open(WriteContentRequest request) {
            if (blobs.containsKey(request.getExpected())) {
                leased.add(request.getExpected());
                end(Status.ALREADY_EXISTS, "content " + request.getExpected() + ": already exists");
                return false;
            }
            if (!locked.add(request.getRef())) {
                end(Status.UNAVAILABLE, "ref " + request.getRef() + " locked: unavailable");
                return false;
            }
            ref = request.getRef();
            ingests.putIfAbsent(ref, ByteString.EMPTY);
            return true;
        }

        private void commit(WriteContentRequest request, ByteString ingest) {
            if (request.getTotal() != ingest.size() || !Digests.of(ingest).equals(request.getExpected())) {
                end(Status.FAILED_PRECONDITION, "unexpected commit digest " + Digests.of(ingest));
                return;
            }
            blobs.put(request.getExpected(), ingest);
            leased.add(request.getExpected());
            labels.put(request.getExpected(), new HashMap<>(request.getLabelsMap()));
            ingests.remove(ref);
            release();
            observer.onNext(WriteContentResponse.newBuilder()
                    .setAction(WriteAction.COMMIT)
                    .setOffset(ingest.size())
                    .build());
            observer.onCompleted();
        }

        private void end(Status status, String description) {
            release();
            FakeContainerd.fail(observer, status, description);
        }

        private void release() {
            ended = true;
            if (!ref.isEmpty()) {
                locked.remove(ref);
            }
        }

        @Override
        public void onError(Throwable broken) {
            release();
        }

        @Override
        public void onCompleted() {
            if (!ended) {
                release();
                observer.onCompleted();
            }
        }
    }
}
