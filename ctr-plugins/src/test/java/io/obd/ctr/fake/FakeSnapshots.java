package io.obd.ctr.fake;

import com.google.protobuf.Empty;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.obd.containerd.snapshots.v1.CommitSnapshotRequest;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.Kind;
import io.obd.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.obd.containerd.snapshots.v1.PrepareSnapshotResponse;
import io.obd.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.containerd.snapshots.v1.StatSnapshotResponse;
import io.obd.containerd.types.Mount;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** The snapshots of one snapshotter, "overlaybd". Layers that {@link #takesLazily} accepts are committed at once. */
public final class FakeSnapshots extends SnapshotsGrpc.SnapshotsImplBase {
    public final Map<String, Info> byKey = Collections.synchronizedMap(new LinkedHashMap<>());
    public final List<PrepareSnapshotRequest> prepared = Collections.synchronizedList(new ArrayList<>());
    public final List<String> removed = Collections.synchronizedList(new ArrayList<>());
    public volatile Predicate<Map<String, String>> takesLazily = labels -> false;

    /** Names that containerd remembers of a snapshotter that has lost its data. */
    public final Set<String> lost = Collections.synchronizedSet(new HashSet<>());

    public volatile Runnable onPrepare = () -> {};

    @Override
    public void stat(StatSnapshotRequest request, StreamObserver<StatSnapshotResponse> observer) {
        Info info = byKey.get(request.getKey());
        if (!request.getSnapshotter().equals("overlaybd")) {
            String message = "snapshotter not loaded: " + request.getSnapshotter() + ": invalid argument";
            FakeContainerd.fail(observer, Status.INVALID_ARGUMENT, message);
        } else if (info == null) {
            FakeContainerd.fail(
                    observer, Status.NOT_FOUND, "snapshot " + request.getKey() + " does not exist: not found");
        } else {
            FakeContainerd.answer(
                    observer, StatSnapshotResponse.newBuilder().setInfo(info).build());
        }
    }

    @Override
    public void prepare(PrepareSnapshotRequest request, StreamObserver<PrepareSnapshotResponse> observer) {
        prepared.add(request);
        onPrepare.run();
        Info info = byKey.get(request.getParent());
        if (!request.getParent().isEmpty() && (info == null || info.getKind() != Kind.COMMITTED)) {
            FakeContainerd.fail(observer, Status.NOT_FOUND, "parent " + request.getParent() + ": not found");
            return;
        }
        String target = request.getLabelsOrDefault("containerd.io/snapshot.ref", "");
        if (byKey.containsKey(target) || lost.contains(target)) {
            FakeContainerd.fail(observer, Status.ALREADY_EXISTS, "target snapshot \"" + target + "\": already exists");
            return;
        }
        if (takesLazily.test(request.getLabelsMap())) {
            String name = request.getLabelsOrThrow("containerd.io/snapshot.ref");
            Map<String, String> labels = new HashMap<>(request.getLabelsMap());
            labels.put("containerd.io/snapshot/remote", "remote snapshot");
            put(name, request.getParent(), Kind.COMMITTED, labels);
            FakeContainerd.fail(observer, Status.ALREADY_EXISTS, "target snapshot \"" + name + "\": already exists");
            return;
        }
        put(request.getKey(), request.getParent(), Kind.ACTIVE, request.getLabelsMap());
        Mount mount = Mount.newBuilder()
                .setType("bind")
                .setSource("/nowhere/" + request.getKey())
                .addOptions("rw")
                .addOptions("bind")
                .build();
        FakeContainerd.answer(
                observer, PrepareSnapshotResponse.newBuilder().addMounts(mount).build());
    }

    @Override
    public void commit(CommitSnapshotRequest request, StreamObserver<Empty> observer) {
        if (byKey.containsKey(request.getName())) {
            FakeContainerd.fail(observer, Status.ALREADY_EXISTS, request.getName() + ": already exists");
            return;
        }
        Info active = byKey.remove(request.getKey());
        if (active == null) {
            FakeContainerd.fail(observer, Status.NOT_FOUND, request.getKey() + ": not found");
            return;
        }
        put(request.getName(), active.getParent(), Kind.COMMITTED, request.getLabelsMap());
        FakeContainerd.answer(observer, Empty.getDefaultInstance());
    }

    @Override
    public void remove(RemoveSnapshotRequest request, StreamObserver<Empty> observer) {
        byKey.remove(request.getKey());
        removed.add(request.getKey());
        FakeContainerd.answer(observer, Empty.getDefaultInstance());
    }

    /** Puts a snapshot there. */
    public void put(String key, String parent, Kind kind, Map<String, String> labels) {
        byKey.put(
                key,
                Info.newBuilder()
                        .setName(key)
                        .setParent(parent)
                        .setKind(kind)
                        .putAllLabels(labels)
                        .build());
    }
}
