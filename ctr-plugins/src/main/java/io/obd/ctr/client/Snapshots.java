package io.obd.ctr.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.obd.containerd.snapshots.v1.CommitSnapshotRequest;
import io.obd.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.obd.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc.SnapshotsBlockingV2Stub;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import io.obd.containerd.types.Mount;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The snapshots of one of containerd's snapshotters. */
public final class Snapshots {
    private final SnapshotsBlockingV2Stub snapshots;
    private final String snapshotter;

    /** @param channel calls are made on it, under its lease if it has one */
    public Snapshots(Channel channel, String snapshotter) {
        this.snapshots = SnapshotsGrpc.newBlockingV2Stub(channel);
        this.snapshotter = snapshotter;
    }

    /** Name of the snapshotter. */
    public String snapshotter() {
        return snapshotter;
    }

    /** Whether there is a snapshot of that name. */
    public boolean exists(String key) throws ContainerdException {
        return labels(key).isPresent();
    }

    /** The labels of a snapshot, if there is one of that name. */
    public Optional<Map<String, String>> labels(String key) throws ContainerdException {
        StatSnapshotRequest request = StatSnapshotRequest.newBuilder()
                .setSnapshotter(snapshotter)
                .setKey(key)
                .build();
        try {
            return Optional.of(snapshots.stat(request).getInfo().getLabelsMap());
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw failure("look up the snapshot " + key, e);
        }
    }

    /**
     * Makes an active snapshot.
     *
     * @param parent committed snapshot below it, or empty
     * @return where to put its content; nothing if the snapshotter says that it has no need of it
     */
    public Optional<List<Mount>> prepare(String key, String parent, Map<String, String> labels)
            throws ContainerdException {
        PrepareSnapshotRequest request = PrepareSnapshotRequest.newBuilder()
                .setSnapshotter(snapshotter)
                .setKey(key)
                .setParent(parent)
                .putAllLabels(labels)
                .build();
        try {
            return Optional.of(snapshots.prepare(request).getMountsList());
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
                return Optional.empty();
            }
            throw failure("prepare the snapshot " + key, e);
        }
    }

    /** @return false if somebody else has committed {@code name} meanwhile: {@code key} is still there then */
    public boolean commit(String name, String key, Map<String, String> labels) throws ContainerdException {
        CommitSnapshotRequest request = CommitSnapshotRequest.newBuilder()
                .setSnapshotter(snapshotter)
                .setName(name)
                .setKey(key)
                .putAllLabels(labels)
                .build();
        try {
            snapshots.commit(request);
            return true;
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
                return false;
            }
            throw failure("commit the snapshot " + name, e);
        }
    }

    public void remove(String key) throws ContainerdException {
        RemoveSnapshotRequest request = RemoveSnapshotRequest.newBuilder()
                .setSnapshotter(snapshotter)
                .setKey(key)
                .build();
        try {
            snapshots.withDeadlineAfter(Cleanup.SECONDS, TimeUnit.SECONDS).remove(request);
        } catch (StatusException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw failure("remove the snapshot " + key, e);
            }
        }
    }

    private ContainerdException failure(String attempt, StatusException e) {
        ContainerdException failure = ContainerdException.of(attempt, e);
        String reason = e.getStatus().getDescription();
        return switch (e.getStatus().getCode()) {
            case INVALID_ARGUMENT ->
                reason != null && reason.contains("snapshotter not loaded")
                        ? failure.as(
                                "containerd knows no snapshotter \"" + snapshotter + "\"",
                                "enter it as [proxy_plugins." + snapshotter
                                        + "] in containerd's config.toml and restart"
                                        + " containerd, or choose another one with --snapshotter")
                        : failure;
            case UNAVAILABLE ->
                failure.advising("see whether the snapshotter \"" + snapshotter + "\" is running, and look at its log");
            default -> failure;
        };
    }
}
