package io.obd.snapshotter;

import io.grpc.StatusRuntimeException;
import io.obd.containerd.UnixSocketChannel;
import io.obd.containerd.snapshots.v1.CommitSnapshotRequest;
import io.obd.containerd.snapshots.v1.ListSnapshotsRequest;
import io.obd.containerd.snapshots.v1.MountsRequest;
import io.obd.containerd.snapshots.v1.PrepareSnapshotRequest;
import io.obd.containerd.snapshots.v1.RemoveSnapshotRequest;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc;
import io.obd.containerd.snapshots.v1.SnapshotsGrpc.SnapshotsBlockingStub;
import io.obd.containerd.snapshots.v1.StatSnapshotRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The program in a directory of its own, with a client that makes the usual calls: the JVM's ahead-of-time cache is
 * recorded from it, with what the compiler has to know to be quick from the first call on.
 */
public final class Rehearsal {
    private static final int ROUNDS = 1500;

    private Rehearsal() {}

    /** Takes an empty directory. Exits with 0 if the calls went well. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Path config = directory.resolve("config.json");
        Path socket = directory.resolve("s.sock");
        Files.writeString(
                config,
                "{\"root\":\"%s/root\",\"address\":\"%s\",\"controlSocket\":\"%s/none.sock\"}"
                        .formatted(directory, socket, directory));
        Main.main(new String[] {config.toString()});
        try (UnixSocketChannel channel = UnixSocketChannel.to(socket)) {
            SnapshotsBlockingStub snapshots = SnapshotsGrpc.newBlockingStub(channel.channel());
            for (int round = 0; round < ROUNDS; round++) {
                live(snapshots, "key-" + round, "layer-" + round);
            }
        }
        System.exit(0);
    }

    private static void live(SnapshotsBlockingStub snapshots, String key, String name) {
        Map<String, String> labels = Map.of(Labels.REF, name, "containerd.io/snapshot/cri.layer-digest", key);
        snapshots.prepare(PrepareSnapshotRequest.newBuilder()
                .setKey(key)
                .putAllLabels(labels)
                .build());
        snapshots.stat(StatSnapshotRequest.newBuilder().setKey(key).build());
        snapshots.mounts(MountsRequest.newBuilder().setKey(key).build());
        snapshots.commit(CommitSnapshotRequest.newBuilder()
                .setName(name)
                .setKey(key)
                .putAllLabels(labels)
                .build());
        String filter = "labels.\"" + Labels.REF + "\"==" + name;
        snapshots
                .list(ListSnapshotsRequest.newBuilder().addFilters(filter).build())
                .forEachRemaining(page -> {});
        try {
            snapshots.stat(StatSnapshotRequest.newBuilder().setKey(key).build());
            throw new IllegalStateException(key + " is there after its commit");
        } catch (StatusRuntimeException expected) {
            snapshots.remove(RemoveSnapshotRequest.newBuilder().setKey(name).build());
        }
    }
}
